import { Logger } from "@aws-lambda-powertools/logger";
import middy from "@middy/core";
import { z } from "zod";
import { BusinessId, CampaignId, RunId } from "../core/ids.ts";
import { prepare } from "../core/runs/prepare.ts";
import { Instant } from "../core/time.ts";
import { deadlineOf } from "./queues/deadline.ts";
import { eachRecord, returnFailures } from "./queues/records.ts";
import { count, counted } from "./telemetry/counts.ts";
import { withoutPersonal } from "./telemetry/faults.ts";
import { placeOf } from "./telemetry/places.ts";

const logger = new Logger({ serviceName: "prepare-runs" });

/** What Scheduler, the owner API, settle-run and this function itself put on the queue. */
const Message = z.union([
  z.object({ business: BusinessId, campaign: CampaignId, scheduledAt: Instant }),
  z.object({ business: BusinessId, run: RunId, shard: z.string(), hops: z.int().default(0) }),
  z.object({ business: BusinessId, run: RunId }),
]);

/** Starts the runs of campaigns that fire, once for each scheduled time, and selects their recipients. */
export const handler = middy(
  eachRecord(async ({ body }, context) => {
    const { run, started } = await prepare(Message.parse(JSON.parse(body)), deadlineOf(context));
    if (started && run) count(run.state === "failed" ? "RunsFailed" : "RunsStarted");
    logger.info(run ? `The run is ${run.state}` : "Nothing was started", {
      ...placeOf(body),
      ...(run && { run: run.id }),
      ...(run?.failure && { reason: run.failure.reason, detail: withoutPersonal(run.failure.detail) }),
    });
  }),
)
  .use(counted)
  .use(returnFailures(logger));
