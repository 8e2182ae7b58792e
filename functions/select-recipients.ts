import { Logger } from "@aws-lambda-powertools/logger";
import middy from "@middy/core";
import { type ShardMessage, select } from "../core/runs/select.ts";
import { eachRecord, returnFailures } from "./queues/records.ts";

const logger = new Logger({ serviceName: "select-recipients" });

/** The rest of a shard is left to another invocation when less than this is left, in milliseconds. */
const reserve = 30_000;

/** Looks through one shard of a run's customers and enqueues those who get its mail. */
export const handler = middy(
  eachRecord(({ body }, context) =>
    select(JSON.parse(body) as ShardMessage, () => context.getRemainingTimeInMillis() < reserve),
  ),
).use(returnFailures(logger));
