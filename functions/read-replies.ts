import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import { z } from "zod";
import { Reply, read } from "../core/replies.ts";
import { instant } from "../core/time.ts";
import { counted } from "./telemetry/counts.ts";
import { faults } from "./telemetry/faults.ts";

const logger = new Logger({ serviceName: "read-replies" });

const Received = z.object({ Records: z.array(z.object({ ses: Reply })) });

/** Unsubscribes those who ask for it by mail; a repeated event changes nothing. */
export const handler = middy(async (event: unknown) => {
  for (const { ses } of Received.parse(event).Records) await read(ses, instant(Date.now()));
})
  .use(injectLambdaContext(logger))
  .use(counted)
  .use(faults(logger));
