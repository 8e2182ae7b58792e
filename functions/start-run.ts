import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import { z } from "zod";
import { BusinessId, CampaignId } from "../core/ids.ts";
import { start } from "../core/runs/start.ts";
import { Instant, instant } from "../core/time.ts";

const logger = new Logger({ serviceName: "start-run" });

const Fired = z.object({ business: BusinessId, campaign: CampaignId, scheduledAt: Instant });

/** Starts the run of a campaign that its schedule fires, once for each scheduled time. */
export const handler = middy(async (event: unknown) => {
  const run = await start({ ...Fired.parse(event), trigger: "schedule" }, instant(Date.now()));
  logger.info(run ? `Run ${run.id} is ${run.state}` : "The campaign is not active", {
    ...(run && { business: run.business, campaign: run.campaign, failure: run.failure }),
  });
}).use(injectLambdaContext(logger));
