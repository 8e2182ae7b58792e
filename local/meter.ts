import type { AwsAnswer, AwsRequest, Service } from "./contract.ts";
import { isObject, type Json, objects } from "./services/protocol.ts";

/** What AWS bills, or what its bill can be worked out from. */
export type Unit =
  | "dynamodb.read"
  | "dynamodb.write"
  | "sqs.requests"
  | "sqs.messages"
  | "lambda.invocations"
  | "lambda.milliseconds"
  | "lambda.active"
  | "scheduler.invocations"
  | "events.custom"
  | "events.ses"
  | "ses.mails"
  | "api.requests"
  | "secrets.calls"
  | "s3.requests"
  | "logs.bytes"
  | "calls";

/** So much of a unit: for whom (a function's logical id or name, else `aws` or `outside`) and of what. */
export type Count = { who: string; unit: Unit; detail: string; amount: number };

/** One event that a function handled; `active` are the milliseconds in which its thread did not wait. */
export type Spent = { who: string; event: unknown; milliseconds: number; active: number };

const chunk = 65_536;
/** SQS and EventBridge bill each 64 KB that is begun. */
export const chunksOf = (bytes: number): number => Math.max(1, Math.ceil(bytes / chunk));

/** A receive takes ten messages at most, and so does the deletion that follows it. */
const mostReceived = 10;
/** CloudWatch Logs counts so many bytes beside each line's own. */
const lineOverhead = 26;

/** Counts everything that the stack would be billed for; a host that is given none does not measure. */
export class Meter {
  readonly #counts = new Map<string, Count>();

  /** What was counted since the last taking. */
  take(): Count[] {
    const counts = [...this.#counts.values()];
    this.#counts.clear();
    return counts;
  }

  add(who: string, unit: Unit, [detail, amount]: [detail: string, amount: number]): void {
    const key = `${who} ${unit} ${detail}`;
    const count = this.#counts.get(key);
    if (count) count.amount += amount;
    else this.#counts.set(key, { who, unit, detail, amount });
  }

  /** Passes a call on to its service, and counts it. */
  async call(service: Service, request: AwsRequest): Promise<AwsAnswer> {
    const { endpoint = "", answer } = service;
    if (!answer) throw new Error(`${endpoint} answers no calls`);
    const who = request.caller ?? "outside";
    const operation = (request.headers["x-amz-target"] ?? `${request.method} ${kindOf(request.path)}`)
      .split(".")
      .at(-1);
    this.add(who, "calls", [`${endpoint} ${operation}`, 1]);
    if (endpoint === "DYNAMODB") return this.#dynamoDb(service, request, operation ?? "");
    const given = await service.answer?.(request);
    if (!given) throw new Error(`${endpoint} gave no answer`);
    if (endpoint === "SQS") this.add(who, "sqs.requests", [operation ?? "", sqsRequests(request)]);
    if (endpoint === "EVENTBRIDGE") {
      for (const entry of objects(jsonOf(request.body).Entries)) {
        this.add(who, "events.custom", [String(entry.DetailType), chunksOf(sizeOf(entry.Detail))]);
      }
    }
    if (endpoint === "SECRETS_MANAGER") this.add(who, "secrets.calls", [operation ?? "", 1]);
    if (endpoint === "S3") this.add(who, "s3.requests", [request.method, 1]);
    if (endpoint === "SESV2") {
      const accepted = objects(jsonOf(given.body).BulkEmailEntryResults).filter(
        ({ Status }) => Status === "SUCCESS",
      );
      if (accepted.length) this.add(who, "ses.mails", ["accepted", accepted.length]);
    }
    return given;
  }

  /** An event that a function handled, and what brought it. */
  invoked({ who, event, milliseconds, active }: Spent): void {
    this.add(who, "lambda.invocations", ["", 1]);
    this.add(who, "lambda.milliseconds", ["", milliseconds]);
    this.add(who, "lambda.active", ["", active]);
    if (!isObject(event)) return;
    if (isObject(event.requestContext)) this.add(who, "api.requests", ["", 1]);
    const messages = objects(event.Records).filter(({ eventSource }) => eventSource === "aws:sqs");
    if (messages.length) this.add(who, "sqs.messages", ["", messages.length]);
    for (let start = 0; start < messages.length; start += mostReceived) {
      const some = messages.slice(start, start + mostReceived);
      const bytes = some.reduce((sum, { body }) => sum + sizeOf(body), 0);
      this.add(who, "sqs.requests", ["Receive", chunksOf(bytes)]);
      this.add(who, "sqs.requests", ["Delete", 1]);
    }
  }

  /** What a rule or a schedule hands to its target. */
  delivered(targetArn: string, payload: string): void {
    if (targetArn.startsWith("arn:aws:sqs:")) {
      this.add("aws", "sqs.requests", ["Send by EventBridge", chunksOf(sizeOf(payload))]);
    }
    if (targetArn.startsWith("arn:aws:lambda:")) this.add("aws", "scheduler.invocations", ["", 1]);
  }

  /** An event that a service of AWS itself puts on the default bus. */
  emitted({ source, "detail-type": type }: { source: string; "detail-type": string }): void {
    if (source === "aws.ses") this.add("aws", "events.ses", [type, 1]);
  }

  printed(who: string, line: string): void {
    this.add(who, "logs.bytes", ["", sizeOf(line) + lineOverhead]);
  }

  /** Has DynamoDB say what each call consumed, which the caller is told only if it asked. */
  async #dynamoDb(service: Service, request: AwsRequest, operation: string): Promise<AwsAnswer> {
    const input = jsonOf(request.body);
    const body = Buffer.from(JSON.stringify({ ...input, ReturnConsumedCapacity: "INDEXES" }));
    const answer = await service.answer?.({ ...request, body });
    if (!answer) throw new Error("DynamoDB gave no answer");
    const who = request.caller ?? "outside";
    const { ConsumedCapacity, ...output } = jsonOf(answer.body);
    if (answer.status !== 200) {
      for (const [table, units] of refusedWrites(input, String(output.__type))) {
        this.add(who, "dynamodb.write", [table, units]);
      }
      return answer;
    }
    const unit = /Get|Query|Scan/.test(operation) ? "dynamodb.read" : "dynamodb.write";
    for (const consumed of objects([ConsumedCapacity].flat())) {
      this.add(who, unit, [String(consumed.TableName), Number(consumed.CapacityUnits)]);
    }
    const asked = input.ReturnConsumedCapacity !== undefined && input.ReturnConsumedCapacity !== "NONE";
    return asked ? answer : { ...answer, body: JSON.stringify(output) };
  }
}

/**
 * A write whose condition fails is billed all the same, by the size of the item that is there; the error does not
 * tell it, so that the least is counted: one unit, and two in a transaction.
 */
function* refusedWrites(input: Json, error: string): Generator<[table: string, units: number]> {
  if (error.endsWith("ConditionalCheckFailedException")) yield [String(input.TableName), 1];
  if (!error.endsWith("TransactionCanceledException")) return;
  for (const write of objects(input.TransactItems)) {
    for (const action of Object.values(write)) if (isObject(action)) yield [String(action.TableName), 2];
  }
}

/** Sending is billed by the size of the bodies, all else by the call. */
function sqsRequests({ body }: AwsRequest): number {
  const { Entries, MessageBody } = jsonOf(body);
  const bodies = [MessageBody, ...objects(Entries).map((entry) => entry.MessageBody)];
  return chunksOf(bodies.reduce<number>((sum, one) => sum + sizeOf(one), 0));
}

const sizeOf = (text: unknown): number => (typeof text === "string" ? Buffer.byteLength(text) : 0);

/** `/v2/email/outbound-bulk-emails` without what names one resource. */
const kindOf = (path: string): string => path.split("/").slice(0, 4).join("/");

function jsonOf(body: unknown): Json {
  try {
    const value: unknown = JSON.parse(String(body ?? ""));
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
