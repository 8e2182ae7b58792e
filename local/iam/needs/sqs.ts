import { text } from "../../services/protocol.ts";
import { arnOf, inputOf, type NeedsOf, operationOf } from "./need.ts";

/**
 * A batch needs what one message needs. Moving dead letters needs both ends of the way.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html,
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html
 */
export const sqsNeeds: NeedsOf = (request, names) => {
  const input = inputOf(request);
  const operation = operationOf(request).replace(/Batch$/, "");
  const need = (action: string, resource: string) => ({ action: `sqs:${action}`, resource });
  const named = (name: string | undefined) => arnOf(names, "sqs", name ?? "");
  switch (operation) {
    case "ListQueues":
      return [need(operation, "*")];
    case "GetQueueUrl":
      return [need(operation, named(text(input.QueueName)))];
    case "StartMessageMoveTask": {
      const source = text(input.SourceArn) ?? "";
      const taking = ["StartMessageMoveTask", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes"];
      const putting = text(input.DestinationArn);
      return [
        ...taking.map((action) => need(action, source)),
        ...(putting === undefined ? [] : [need("SendMessage", putting)]),
      ];
    }
    default:
      return [need(operation, named(text(input.QueueUrl)?.split("/").at(-1)))];
  }
};
