import type { Resource } from "../contract.ts";
import { lastOfArn } from "../services/properties.ts";
import { isObject, objects, strings, text } from "../services/protocol.ts";
import type { Stack } from "../template.ts";
import type { Names } from "./needs/need.ts";
import { compilePolicy, type Policy } from "./policy.ts";

export type Role = { arn: string; name: string; trust: Policy; policies: Policy[] };

/** Who there is in a stack, and what each may do. */
export type Identities = {
  roles: ReadonlyMap<string, Role>;
  /** Functions by logical id and by name; one without a role may do nothing. */
  functions: ReadonlyMap<string, { name: string; role: Role | undefined }>;
  /** Policies of a resource itself, by its ARN. */
  resourcePolicies: ReadonlyMap<string, Policy[]>;
  names: Names;
};

/** Reads roles and policies from a stack whose references are resolved; one that is not understood is an error. */
export function identitiesOf(
  stack: Stack,
  { account, region }: Pick<Names, "account" | "region">,
): Identities {
  const all = [...stack.resources.values()];
  const ofType = (type: string) => all.filter((resource) => resource.type === type);
  const refOf = ({ logicalId }: Resource) => stack.created.get(logicalId)?.ref ?? logicalId;
  const arnOf = ({ logicalId }: Resource) => stack.created.get(logicalId)?.attributes.Arn ?? logicalId;

  const roles = new Map<string, Role>();
  for (const resource of ofType("AWS::IAM::Role")) {
    const { AssumeRolePolicyDocument, Policies } = resource.properties;
    const inline = objects(Policies).map((policy) => policy.PolicyDocument);
    roles.set(arnOf(resource), {
      arn: arnOf(resource),
      name: refOf(resource),
      trust: compiled(resource, AssumeRolePolicyDocument),
      policies: inline.map((document) => compiled(resource, document)),
    });
  }
  for (const resource of ofType("AWS::IAM::Policy")) {
    const policy = compiled(resource, resource.properties.PolicyDocument);
    for (const name of strings(resource.properties.Roles)) {
      [...roles.values()].find((role) => role.name === name)?.policies.push(policy);
    }
  }

  const functions = new Map<string, { name: string; role: Role | undefined }>();
  for (const resource of ofType("AWS::Lambda::Function")) {
    const role = roles.get(text(resource.properties.Role) ?? "");
    const name = refOf(resource);
    for (const known of [resource.logicalId, name]) functions.set(known, { name, role });
  }

  const resourcePolicies = new Map<string, Policy[]>();
  const attach = (arn: string, policy: Policy) =>
    resourcePolicies.set(arn, [...(resourcePolicies.get(arn) ?? []), policy]);
  for (const resource of all) {
    for (const { arn, document } of documentsOf(resource, { account, region }))
      attach(arn, compiled(resource, document));
  }
  const buckets = new Set(ofType("AWS::S3::Bucket").map(refOf));
  const secrets = ofType("AWS::SecretsManager::Secret").map(refOf);
  return {
    roles,
    functions,
    resourcePolicies,
    names: { account, region, buckets, secrets },
  };
}

/** The policies that resources carry themselves, each with the ARN of what carries it. */
function documentsOf(
  { type, properties }: Resource,
  { account, region }: Pick<Names, "account" | "region">,
): { arn: string; document: unknown }[] {
  const at = (service: string, resource: string) => `arn:aws:${service}:${region}:${account}:${resource}`;
  switch (type) {
    case "AWS::SQS::QueuePolicy":
      return strings(properties.Queues).map((url) => ({
        arn: at("sqs", url.split("/").at(-1) ?? ""),
        document: properties.PolicyDocument,
      }));
    case "AWS::S3::BucketPolicy":
      return [{ arn: `arn:aws:s3:::${properties.Bucket}`, document: properties.PolicyDocument }];
    case "AWS::Events::EventBusPolicy":
      return [
        {
          arn: at("events", `event-bus/${properties.EventBusName ?? "default"}`),
          document: { Statement: properties.Statement },
        },
      ];
    case "AWS::Lambda::Permission": {
      const arn = at("lambda", `function:${lastOfArn(String(properties.FunctionName))}`);
      return [{ arn, document: { Statement: permissionStatement(properties, arn) } }];
    }
    default:
      return [];
  }
}

/** What Lambda makes of AddPermission: `SourceArn` is compared with wildcards. */
function permissionStatement(properties: Resource["properties"], arn: string) {
  const { Action, Principal, SourceArn, SourceAccount } = properties;
  const principal = String(Principal);
  const isService = principal.endsWith(".amazonaws.com");
  return {
    Effect: "Allow",
    Action,
    Resource: arn,
    Principal: isService ? { Service: principal } : { AWS: principal },
    Condition: {
      ...(SourceArn !== undefined && { ArnLike: { "aws:SourceArn": SourceArn } }),
      ...(SourceAccount !== undefined && { StringEquals: { "aws:SourceAccount": SourceAccount } }),
    },
  };
}

function compiled({ logicalId }: Resource, document: unknown): Policy {
  try {
    if (!isObject(document)) throw new Error("a policy has no document");
    return compilePolicy(document);
  } catch (error) {
    throw new Error(`${logicalId}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
