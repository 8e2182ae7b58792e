import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { Context } from "aws-lambda";
import { release } from "../core/runs/release.ts";
import { deadlineOf } from "./queues/deadline.ts";
import { counted } from "./telemetry/counts.ts";
import { faults } from "./telemetry/faults.ts";

const logger = new Logger({ serviceName: "release-batches" });

/** Hands out what the account can send in the next minute or two, and sets the timer for the rest. */
export const handler = middy(async (_event: unknown, context: Context) => release(deadlineOf(context)))
  .use(injectLambdaContext(logger))
  .use(counted)
  .use(faults(logger));
