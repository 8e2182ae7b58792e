import type { AwsAnswer, AwsRequest } from "../contract.ts";

/** An error that the caller's SDK turns into the exception of this name. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = "AwsError";
    this.code = code;
    this.status = status;
  }
}

export type Json = Record<string, unknown>;
export type Operations = Record<string, (input: Json, request: AwsRequest) => unknown>;

/** Answers the AWS JSON protocol, where the `x-amz-target` header names the operation: `AmazonSQS.SendMessage`. */
export async function answerJson(request: AwsRequest, operations: Operations): Promise<AwsAnswer> {
  const name = (request.headers["x-amz-target"] ?? "").split(".").at(-1) ?? "";
  return answering(async () => {
    const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
    if (!operation)
      throw new AwsError("UnknownOperationException", `${name} is not answered by the local host`);
    return operation(bodyOf(request), request);
  });
}

/** Runs an operation and gives its result, or its AwsError, as JSON. */
export async function answering(operation: () => unknown): Promise<AwsAnswer> {
  try {
    return json(200, (await operation()) ?? {});
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { ...json(error.status, { __type: error.code, message: error.message }), ...typed(error) };
  }
}

const typed = (error: AwsError) => ({
  headers: { "content-type": "application/json", "x-amzn-errortype": error.code },
});

export const json = (status: number, value: unknown): AwsAnswer => ({
  status,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(value),
});

export function bodyOf(request: AwsRequest): Json {
  if (request.body.length === 0) return {};
  try {
    const value: unknown = JSON.parse(request.body.toString("utf8"));
    if (isObject(value)) return value;
  } catch {
    // Falls through to the same refusal as a body that is not an object.
  }
  throw new AwsError("SerializationException", "The body is not a JSON object");
}

export const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const objects = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : []);

export const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((entry) => typeof entry === "string") : [];

export const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
