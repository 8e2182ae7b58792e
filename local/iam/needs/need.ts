import type { AwsRequest } from "../../contract.ts";
import { isObject, type Json } from "../../services/protocol.ts";
import type { Context } from "../conditions.ts";

/** One action on one resource that a call needs; it may need several at once. */
export type Need = { action: string; resource: string; context?: Context };

/** What a request's names stand for. */
export type Names = {
  account: string;
  region: string;
  /** Buckets of the stack, which a request may also name by its host. */
  buckets: ReadonlySet<string>;
  /** ARNs of the stack's secrets, which a request may also give without their random end. */
  secrets: readonly string[];
};

export type NeedsOf = (request: AwsRequest, names: Names) => Need[];

/** The operation of AWS's JSON protocols: `PutItem` of `X-Amz-Target: DynamoDB_20120810.PutItem`. */
export const operationOf = ({ headers }: AwsRequest): string =>
  (headers["x-amz-target"] ?? "").split(".").at(-1) ?? "";

/** The input of a call; one that can't be read names nothing, so that nothing is allowed. */
export function inputOf({ body }: AwsRequest): Json {
  if (body.length === 0) return {};
  try {
    const input: unknown = JSON.parse(body.toString("utf8"));
    return isObject(input) ? input : {};
  } catch {
    return {};
  }
}

/** `arn:aws:sqs:us-east-1:000000000000:sends`. */
export const arnOf = ({ account, region }: Names, service: string, resource: string): string =>
  `arn:aws:${service}:${region}:${account}:${resource}`;
