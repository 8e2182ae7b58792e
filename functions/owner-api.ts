import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { logMetrics } from "@aws-lambda-powertools/metrics/middleware";
import middy from "@middy/core";
import { operations } from "./http/operations.ts";
import { pages } from "./http/pages.ts";
import { type Report, serverOf } from "./http/server.ts";

const logger = new Logger({ serviceName: "owner-api" });
const metrics = new Metrics({ namespace: "Sapa", serviceName: "owner-api" });

/**
 * One line a request, without bodies, keys or anything personal. The metrics have no dimension for the
 * operation: CloudWatch bills each combination, and the log line can be counted by operation.
 */
function report({ error, ...facts }: Report): void {
  logger.info("request", facts);
  if (error !== undefined) logger.error("request failed", { ...facts, fault: faultOf(error) });
  metrics.addMetric("Requests", MetricUnit.Count, 1);
  metrics.addMetric("Duration", MetricUnit.Milliseconds, facts.milliseconds);
  if (facts.status >= 400) metrics.addMetric(facts.status < 500 ? "Problems" : "Faults", MetricUnit.Count, 1);
}

/** An error for the log; a syntax error's message quotes the text it met, which may be personal. */
function faultOf(error: unknown) {
  if (!(error instanceof Error)) return { name: typeof error };
  const frames = error.stack?.split("\n").filter((line) => /^\s+at /.test(line));
  const message = error instanceof SyntaxError ? "(left out)" : error.message;
  return { name: error.name, message, stack: frames?.join("\n") };
}

/** The owner API: every request under /v1, the OpenAPI document and the reference page. */
export const handler = middy(serverOf({ routes: operations, pages, report }))
  .use(injectLambdaContext(logger))
  .use(logMetrics(metrics));
