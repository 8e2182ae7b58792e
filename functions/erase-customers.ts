import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import { z } from "zod";
import { finish } from "../core/erasures/finish.ts";
import { Erasure } from "../core/erasures.ts";
import { instant } from "../core/time.ts";
import { counted } from "./telemetry/counts.ts";
import { faults } from "./telemetry/faults.ts";

const logger = new Logger({ serviceName: "erase-customers" });

const Requested = z.object({ detail: Erasure.pick({ business: true, customer: true, way: true }) });

/** Finishes what a request to erase a customer began; what fails is tried again. */
export const handler = middy(async (event: unknown) => {
  await finish(Requested.parse(event).detail, instant(Date.now()));
})
  .use(injectLambdaContext(logger))
  .use(counted)
  .use(faults(logger));
