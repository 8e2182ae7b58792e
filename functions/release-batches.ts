import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { Context } from "aws-lambda";
import { dropStopped } from "../core/runs/drop.ts";
import { release } from "../core/runs/release.ts";
import { rescheduleChanged } from "../core/runs/reschedule.ts";
import { deadlineOf } from "./queues/deadline.ts";
import { counted } from "./telemetry/counts.ts";
import { faults } from "./telemetry/faults.ts";

const logger = new Logger({ serviceName: "release-batches" });

/**
 * Drops what waits of runs that were stopped, then hands out what the account can send in the next minute or two, and
 * sets the timer for the rest.
 */
export const handler = middy(async (_event: unknown, context: Context) => {
  const deadline = deadlineOf(context);
  await dropStopped(deadline);
  await rescheduleChanged(deadline);
  await release(deadline);
})
  .use(injectLambdaContext(logger))
  .use(counted)
  .use(faults(logger));
