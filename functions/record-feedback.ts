import { Logger } from "@aws-lambda-powertools/logger";
import middy from "@middy/core";
import { Feedback, record } from "../core/feedback.ts";
import { eachRecord, returnFailures } from "./queues/records.ts";
import { count, counted } from "./telemetry/counts.ts";

const logger = new Logger({ serviceName: "record-feedback" });

/** Records what SES reports about mail: delivered, bounced, complained of, opened, clicked. */
export const handler = middy(
  eachRecord(async ({ body }) => {
    await record(Feedback.parse(JSON.parse(body)));
    count("FeedbackRecorded");
  }),
)
  .use(counted)
  .use(returnFailures(logger));
