import type { Logger } from "@aws-lambda-powertools/logger";
import type { Context, SQSEvent, SQSRecord } from "aws-lambda";

/**
 * Works through the messages of an SQS event, all at once, and settles each by itself: sqsPartialBatchFailure
 * returns to the queue just those that failed. A message's body is never logged, since it holds addresses.
 */
export const eachRecord =
  (logger: Logger, work: (record: SQSRecord, context: Context) => Promise<void>) =>
  (event: SQSEvent, context: Context): Promise<PromiseSettledResult<void>[]> =>
    Promise.allSettled(
      event.Records.map(async (record) => {
        try {
          await work(record, context);
        } catch (error) {
          logger.error("A message could not be worked off", {
            messageId: record.messageId,
            receiveCount: record.attributes.ApproximateReceiveCount,
            error: error as Error,
          });
          throw error;
        }
      }),
    );
