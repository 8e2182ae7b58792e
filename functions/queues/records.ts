import type { Logger } from "@aws-lambda-powertools/logger";
import sqsPartialBatchFailure from "@middy/sqs-partial-batch-failure";
import type { Context, SQSEvent, SQSRecord } from "aws-lambda";
import { count } from "../telemetry/counts.ts";
import { faultOf } from "../telemetry/faults.ts";
import { placeOf } from "../telemetry/places.ts";

/** Works through the messages of an SQS event, all at once, and settles each by itself. */
export const eachRecord =
  (work: (record: SQSRecord, context: Context) => Promise<void>) =>
  (event: SQSEvent, context: Context): Promise<PromiseSettledResult<void>[]> =>
    Promise.allSettled(event.Records.map(async (record) => work(record, context)));

/** Returns to the queue just the messages that failed. Their bodies hold addresses, so that only ids are logged. */
export const returnFailures = (logger: Logger) =>
  sqsPartialBatchFailure({
    logger: (error: unknown, { body, messageId, attributes }: SQSRecord) => {
      count("Faults");
      logger.error("A message could not be worked off", {
        ...placeOf(body),
        messageId,
        receiveCount: attributes.ApproximateReceiveCount,
        fault: faultOf(error),
      });
    },
  });
