import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import { environment } from "../core/environment.ts";
import { operations } from "./http/operations.ts";
import { pages } from "./http/pages.ts";
import { type Report, serverOf } from "./http/server.ts";
import { throttleOf } from "./http/throttle.ts";
import { count, counted } from "./telemetry/counts.ts";
import { faultOf } from "./telemetry/faults.ts";

const logger = new Logger({ serviceName: "owner-api" });

/**
 * One line a request, without bodies, keys or anything personal. API Gateway counts requests, problems and how long
 * they take by itself, and the log line can be counted by operation.
 */
function report({ error, ...facts }: Report): void {
  logger.info("request", facts);
  if (error !== undefined) logger.error("request failed", { ...facts, fault: faultOf(error) });
  if (facts.status >= 500) count("Faults");
}

const throttle = throttleOf(() => Number(environment("REQUESTS_PER_MINUTE")));

/** The owner API: every request under /v1, the OpenAPI document and the reference page. */
export const handler = middy(serverOf({ routes: operations, pages, report, throttle }))
  .use(injectLambdaContext(logger))
  .use(counted);
