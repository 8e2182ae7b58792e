import { setTimeout as sleep } from "node:timers/promises";
import { Logger } from "@aws-lambda-powertools/logger";
import middy from "@middy/core";
import { deliver } from "../core/runs/deliver.ts";
import type { Retry } from "../core/runs/receipts.ts";
import type { Batch } from "../core/runs/select.ts";
import { eachRecord, returnFailures } from "./queues/records.ts";
import { counted } from "./telemetry/counts.ts";
import { countMails } from "./telemetry/mails.ts";
import { placeOf } from "./telemetry/places.ts";

const logger = new Logger({ serviceName: "deliver-sends" });

/** The rest of a batch is left to another invocation when less than this is left, in milliseconds. */
const reserve = 25_000;

/** Claims, paces and hands over batches of sends; a batch that could not be finished returns to the queue. */
export const handler = middy(
  eachRecord(({ body }, context) =>
    deliver(JSON.parse(body) as Batch | Retry, {
      now: Date.now,
      sleep: async (milliseconds) => {
        if (milliseconds > 0) await sleep(milliseconds);
      },
      hurry: () => context.getRemainingTimeInMillis() < reserve,
      booked(news) {
        countMails(news);
        logger.info("Mails were handed over", { ...placeOf(body), ...news });
      },
    }),
  ),
)
  .use(counted)
  .use(returnFailures(logger));
