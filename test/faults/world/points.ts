/** Where a fault can be aimed: a kind of AWS call, told by what it does in a run's life. */
export const points = [
  "hand-over", // SendBulkEmail
  "claim",
  "receipt",
  "attempt", // a retry takes its turn
  "page", // of a selection
  "transaction", // any other
  "permit", // of the send rate
  "backlog", // batches are put, moved or taken
  "put",
  "update", // any other
  "get",
  "keys", // BatchGet
  "query",
  "enqueue",
  "timer",
  "event", // on the bus
  "account", // the quota of SES
  "template", // of SES
  "other",
] as const;
export type Point = (typeof points)[number];

// biome-ignore lint/suspicious/noExplicitAny: the input of any command of the SDK, looked into and never built.
export type Input = any;

const byCommand: Record<string, Point> = {
  SendBulkEmailCommand: "hand-over",
  PutCommand: "put",
  GetCommand: "get",
  BatchGetCommand: "keys",
  QueryCommand: "query",
  ScanCommand: "query",
  GetQueueAttributesCommand: "other",
  SendMessageBatchCommand: "enqueue",
  CreateScheduleCommand: "timer",
  UpdateScheduleCommand: "timer",
  DeleteScheduleCommand: "timer",
  PutEventsCommand: "event",
  GetAccountCommand: "account",
  CreateEmailTemplateCommand: "template",
  GetEmailTemplateCommand: "template",
  UpdateEmailTemplateCommand: "template",
  DeleteEmailTemplateCommand: "template",
  TestRenderEmailTemplateCommand: "template",
};

export function pointOf(command: string, input: Input): Point {
  if (command === "UpdateCommand") {
    if (input.TableName === "account" && input.Key.name === "rate#sending") return "permit";
    return input.TableName === "receipts" ? "attempt" : "update";
  }
  if (command !== "TransactWriteCommand") return byCommand[command] ?? "other";
  const written = input.TransactItems.map((item: Input) => item.Put ?? item.Update ?? item.Delete ?? {});
  if (written.some((write: Input) => write.Item?.claim && write.TableName === "sends")) return "claim";
  if (written.some((write: Input) => write.TableName === "receipts")) return "receipt";
  if (written.some((write: Input) => write.TableName === "selections")) return "page";
  if (written.some((write: Input) => write.TableName === "backlog")) return "backlog";
  return "transaction";
}
