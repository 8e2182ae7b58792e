import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { Context } from "aws-lambda";
import { z } from "zod";
import { work } from "../core/imports/worker.ts";
import { instant } from "../core/time.ts";

const logger = new Logger({ serviceName: "import-file" });

const ObjectCreated = z.object({
  detail: z.object({ object: z.object({ key: z.string(), size: z.number() }) }),
});

/** Enough to save the rows in hand and to say how far it came. */
const lastSecondsMilliseconds = 45_000;

/**
 * Brings an uploaded file of customers or orders in. Out of time, or after a failure, it throws: Lambda then
 * invokes it twice more, and each time it goes on where it stopped.
 */
export const handler = middy(async (event: unknown, context: Context) => {
  const imported = await work(ObjectCreated.parse(event).detail.object, {
    name: context.awsRequestId,
    now: () => instant(Date.now()),
    timeIsLeft: () => context.getRemainingTimeInMillis() > lastSecondsMilliseconds,
  });
  logger.info(imported ? "The file was read to its end" : "There was nothing to do", {
    ...(imported && { business: imported.business, import: imported.id }),
  });
}).use(injectLambdaContext(logger));
