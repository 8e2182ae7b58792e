import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import { z } from "zod";
import { BusinessId, RunId } from "../core/ids.ts";
import { settle } from "../core/runs/settle.ts";
import { instant } from "../core/time.ts";

const logger = new Logger({ serviceName: "settle-run" });

const Due = z.object({ business: BusinessId, run: RunId });

/** Looks at a run's books some time after it began: closes them, or sees to what they wait for. */
export const handler = middy(async (event: unknown) => {
  await settle(Due.parse(event), instant(Date.now()));
}).use(injectLambdaContext(logger));
