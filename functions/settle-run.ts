import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { Context } from "aws-lambda";
import { z } from "zod";
import { BusinessId, RunId } from "../core/ids.ts";
import { settle } from "../core/runs/settle.ts";
import { deadlineOf } from "./queues/deadline.ts";
import { count, counted } from "./telemetry/counts.ts";
import { faults } from "./telemetry/faults.ts";
import { countMails } from "./telemetry/mails.ts";
import { place } from "./telemetry/places.ts";

const logger = new Logger({ serviceName: "settle-run" });

const Due = z.object({ business: BusinessId, run: RunId });

/** Looks at a run's books some time after it began: closes them, or sees to what they wait for. */
export const handler = middy(async (event: unknown, context: Context) => {
  const due = Due.parse(event);
  const look = await settle(due, deadlineOf(context), countMails);
  if (look.state === "closed") count("RunsSettled");
  if (look.state === "stuck") count("RunsStuck");
  logger[look.state === "stuck" ? "warn" : "info"](`The run's books are ${look.state}`, {
    ...place(due),
    waiting: look.waiting,
  });
})
  .use(injectLambdaContext(logger))
  .use(counted)
  .use(faults(logger));
