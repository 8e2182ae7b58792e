import { Logger } from "@aws-lambda-powertools/logger";
import middy from "@middy/core";
import { type ShardMessage, select } from "../core/runs/select.ts";
import { eachRecord, returnFailures } from "./queues/records.ts";
import { counted } from "./telemetry/counts.ts";
import { placeOf } from "./telemetry/places.ts";

const logger = new Logger({ serviceName: "select-recipients" });

/** The rest of a shard is left to another invocation when less than this is left, in milliseconds. */
const reserve = 30_000;

/** Looks through one shard of a run's customers and enqueues those who get its mail. */
export const handler = middy(
  eachRecord(async ({ body }, context) => {
    await select(JSON.parse(body) as ShardMessage, () => context.getRemainingTimeInMillis() < reserve);
    logger.info("The shard was looked through, as far as there was time", placeOf(body));
  }),
)
  .use(counted)
  .use(returnFailures(logger));
