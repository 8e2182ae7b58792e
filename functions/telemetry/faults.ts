import type { Logger } from "@aws-lambda-powertools/logger";
import type { MiddlewareObj } from "@middy/core";
import { beginning } from "../../core/text.ts";
import { count } from "./counts.ts";
import { placeIn } from "./places.ts";

/** What a log may hold of an error: its fields may hold records, as DynamoDB's of a condition that failed do. */
export type Fault = { name: string; message: string; stack: string };

/** A syntax error quotes the text that it met, and SES names addresses: neither is for a log. */
export function faultOf(error: unknown): Fault {
  if (!(error instanceof Error)) return { name: typeof error, message: "", stack: "" };
  const frames = error.stack?.split("\n").filter((line) => /^\s+at /.test(line)) ?? [];
  const message = error instanceof SyntaxError ? "(left out)" : withoutPersonal(error.message);
  return { name: error.name, message, stack: frames.join("\n") };
}

/** Longer messages quote what they met, which is not for a log. */
const maxMessage = 2000;

/** A text for the log, cut short and without the addresses and telephone numbers in it. */
export const withoutPersonal = (text: string): string =>
  beginning(text, maxMessage)
    .replace(/(?<![^\s"'<>(),:;@])[^\s"'<>(),:;@]+@[^\s"'<>(),:;]+/g, "(address)")
    .replace(/\+\d[\d ().-]{6,}\d/g, "(phone)");

/**
 * For a function that events call: logs and counts what it threw, and throws it on with nothing more than the log may
 * hold, since Lambda logs it as well. What is `expected` is thrown to be called again, and is no fault.
 */
export const faults = (
  logger: Logger,
  expected: (error: unknown) => boolean = () => false,
): MiddlewareObj => ({
  onError: (request) => {
    const fault = faultOf(request.error);
    if (expected(request.error)) logger.info(fault.message, { ...placeIn(request.event) });
    else {
      count("Faults");
      logger.error("The event could not be worked off", { ...placeIn(request.event), fault });
    }
    request.error = Object.assign(new Error(fault.message), {
      name: fault.name,
      stack: `${fault.name}: ${fault.message}\n${fault.stack}`,
    });
  },
});
