import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { Context } from "aws-lambda";
import { z } from "zod";
import { BusinessId, ImportId } from "../core/ids.ts";
import { Busy } from "../core/imports/progress.ts";
import { Unfinished } from "../core/imports/run.ts";
import { importAt, work } from "../core/imports/worker.ts";
import { instant } from "../core/time.ts";
import { count, counted } from "./telemetry/counts.ts";
import { faults } from "./telemetry/faults.ts";

const logger = new Logger({ serviceName: "import-file" });

/** A file was uploaded (S3's own event), or its owner has an import go on (Sapa's). */
const ObjectCreated = z
  .object({ detail: z.object({ object: z.object({ key: z.string(), size: z.number() }) }) })
  .transform(({ detail: { object } }) => {
    const place = importAt(object.key);
    return place && { ...place, size: object.size };
  });
const ImportDue = z
  .object({ detail: z.object({ business: BusinessId, import: ImportId }) })
  .transform(({ detail }) => ({ business: detail.business, id: detail.import }));
const Woken = z.union([ImportDue, ObjectCreated]);

/** Enough to save the rows in hand and to say how far it came. */
const lastSecondsMilliseconds = 45_000;

/** To be called again is how a long file is worked off. */
const asksAgain = (error: unknown): boolean => error instanceof Unfinished || error instanceof Busy;

/**
 * Brings an uploaded file of customers or orders in, or rehearses that. Out of time, or after a failure, it throws:
 * Lambda then invokes it twice more, and each time it goes on where it stopped.
 */
export const handler = middy(async (event: unknown, context: Context) => {
  const due = Woken.parse(event);
  const imported =
    due &&
    (await work(due, {
      name: context.awsRequestId,
      now: () => instant(Date.now()),
      timeIsLeft: () => context.getRemainingTimeInMillis() > lastSecondsMilliseconds,
    }));
  if (imported?.state === "finished") count("RowsImported", imported.counts.rows - imported.counts.rejected);
  logger.info(imported ? "The file was read to its end" : "There was nothing to do", {
    ...(imported && {
      business: imported.business,
      import: imported.id,
      state: imported.state,
      counts: imported.counts,
    }),
  });
})
  .use(injectLambdaContext(logger))
  .use(counted)
  .use(faults(logger, asksAgain));
