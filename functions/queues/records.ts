import type { Logger } from "@aws-lambda-powertools/logger";
import sqsPartialBatchFailure from "@middy/sqs-partial-batch-failure";
import type { Context, SQSEvent, SQSRecord } from "aws-lambda";

/** Works through the messages of an SQS event, all at once, and settles each by itself. */
export const eachRecord =
  (work: (record: SQSRecord, context: Context) => Promise<void>) =>
  (event: SQSEvent, context: Context): Promise<PromiseSettledResult<void>[]> =>
    Promise.allSettled(event.Records.map(async (record) => work(record, context)));

/** Returns to the queue just the messages that failed. Their bodies hold addresses, so that none is logged. */
export const returnFailures = (logger: Logger) =>
  sqsPartialBatchFailure({
    logger: (error: Error, { messageId, attributes }: SQSRecord) =>
      logger.error("A message could not be worked off", {
        messageId,
        receiveCount: attributes.ApproximateReceiveCount,
        error,
      }),
  });
