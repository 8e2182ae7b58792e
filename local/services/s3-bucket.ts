import type { Resource } from "../contract.ts";
import { allowOnly, nameOf, refuse } from "./properties.ts";
import { isObject, type Json, objects, text } from "./protocol.ts";

export type Bucket = {
  name: string;
  /** Whether EventBridge hears of new objects. */
  announces: boolean;
  /** When the lifecycle deletes an object that was written at a time; epoch milliseconds. */
  expiresAt(key: string, modifiedAt: number): number | undefined;
};

const DAY_MILLISECONDS = 86_400_000;
const PROPERTIES = [
  ...["BucketName", "LifecycleConfiguration", "NotificationConfiguration", "Tags"],
  // Encryption, ownership and public access change nothing for callers that have the rights.
  ...["BucketEncryption", "PublicAccessBlockConfiguration", "OwnershipControls"],
];

/** Reads a bucket of the template; throws for a property that is not understood. */
export function readBucket(resource: Resource): Bucket {
  allowOnly(resource, PROPERTIES);
  const { LifecycleConfiguration, NotificationConfiguration } = resource.properties;
  const rules = objects(isObject(LifecycleConfiguration) ? LifecycleConfiguration.Rules : []);
  const lifecycle = rules.map((rule) => expiryOf(rule, resource)).filter((rule) => rule !== undefined);
  const { EventBridgeConfiguration, ...others } = isObject(NotificationConfiguration)
    ? NotificationConfiguration
    : {};
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined) refuse(resource, `NotificationConfiguration.${unknown}`);
  return {
    name: nameOf(resource, "BucketName").toLowerCase(),
    announces:
      isObject(EventBridgeConfiguration) &&
      String(EventBridgeConfiguration.EventBridgeEnabled ?? true) === "true",
    expiresAt(key, modifiedAt) {
      const days = lifecycle.filter(({ prefix }) => key.startsWith(prefix)).map((rule) => rule.days);
      if (days.length === 0) return undefined;
      // S3 rounds up to the next midnight UTC.
      return (
        Math.ceil((modifiedAt + Math.min(...days) * DAY_MILLISECONDS) / DAY_MILLISECONDS) * DAY_MILLISECONDS
      );
    },
  };
}

function expiryOf(rule: Json, resource: Resource): { prefix: string; days: number } | undefined {
  // Uploads in parts are not answered, so none can be left unfinished.
  const { Id: _, Status, Prefix, ExpirationInDays, AbortIncompleteMultipartUpload: __, ...others } = rule;
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined) refuse(resource, `LifecycleConfiguration.Rules.${unknown}`);
  if (Status !== "Enabled" || ExpirationInDays === undefined) return undefined;
  return { prefix: text(Prefix) ?? "", days: Number(ExpirationInDays) };
}
