import { Logger } from "@aws-lambda-powertools/logger";
import middy from "@middy/core";
import type { DeliveryMessage } from "../core/backlog.ts";
import { deliver } from "../core/runs/deliver.ts";
import { deadlineOf } from "./queues/deadline.ts";
import { eachRecord, returnFailures } from "./queues/records.ts";
import { counted } from "./telemetry/counts.ts";
import { countMails } from "./telemetry/mails.ts";
import { placeOf } from "./telemetry/places.ts";

const logger = new Logger({ serviceName: "deliver-sends" });

/** Claims and sends batches at the account's rate; what has to wait goes back into the backlog. */
export const handler = middy(
  eachRecord(({ body }, context) =>
    deliver(JSON.parse(body) as DeliveryMessage, deadlineOf(context), (news) => {
      countMails(news);
      logger.info("A batch was sent", { ...placeOf(body), ...news });
    }),
  ),
)
  .use(counted)
  .use(returnFailures(logger));
