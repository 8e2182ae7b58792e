import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import { z } from "zod";
import { BusinessId, CampaignId } from "../core/ids.ts";
import { start } from "../core/runs/start.ts";
import { Instant, instant } from "../core/time.ts";
import { count, counted } from "./telemetry/counts.ts";
import { faults, withoutPersonal } from "./telemetry/faults.ts";

const logger = new Logger({ serviceName: "start-run" });

const Fired = z.object({ business: BusinessId, campaign: CampaignId, scheduledAt: Instant });

/** Starts the run of a campaign that its schedule fires, once for each scheduled time. */
export const handler = middy(async (event: unknown) => {
  const fired = Fired.parse(event);
  const run = await start({ ...fired, trigger: "schedule" }, instant(Date.now()));
  if (run) count(run.state === "failed" ? "RunsFailed" : "RunsStarted");
  logger.info(run ? `The run is ${run.state}` : "The campaign is not active", {
    business: fired.business,
    campaign: fired.campaign,
    ...(run && { run: run.id }),
    ...(run?.failure && { reason: run.failure.reason, detail: withoutPersonal(run.failure.detail) }),
  });
})
  .use(injectLambdaContext(logger))
  .use(counted)
  .use(faults(logger));
