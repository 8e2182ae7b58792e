import { TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import type { Point } from "./points.ts";

export const faultKinds = [
  "kill-before", // the function stops before the call took effect
  "kill-after", // … after it
  "fail-before", // an error, and nothing happened
  "fail-after", // it took effect, and the answer got lost
  "repeat", // the answer got lost, and the SDK has repeated the call by itself
  "throttle",
  "partly", // some entries are refused, others not
  "stall-before", // the call takes up to two minutes to take effect
  "stall-after", // … to be answered
] as const;

/**
 * How SES refuses a call of SendBulkEmail as a whole, or fails at it; elsewhere they change nothing.
 * https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendBulkEmail.html
 */
export const sesFaultKinds = [
  "message-rejected", // as for a sender that is not verified
  "bad-request",
  "not-found", // the template, or the configuration set
  "server-error-before", // 500, and nothing was sent
  "server-error-after", // … and everything was
] as const;
export type FaultKind = (typeof faultKinds)[number] | (typeof sesFaultKinds)[number];

/** Something goes wrong at the call with number `nth` of its point; `pick` decides what exactly. */
export type Fault = { on: Point; nth: number; kind: FaultKind; pick: number };

/** The faults of one schedule, each of which happens once. */
export class FaultPlan {
  readonly #left: Map<string, Fault>;
  readonly #counts = new Map<Point, number>();
  /** Those that came to pass. */
  readonly happened: Fault[] = [];

  constructor(faults: readonly Fault[]) {
    this.#left = new Map(faults.map((fault) => [`${fault.on} ${fault.nth}`, fault]));
  }

  /** The fault of the next call at a point, if there is one. */
  next(point: Point): Fault | undefined {
    const count = this.#counts.get(point) ?? 0;
    this.#counts.set(point, count + 1);
    const fault = this.#left.get(`${point} ${count}`);
    if (fault) this.happened.push(fault);
    return fault;
  }
}

/** An error as the SDK throws it: told by its name. */
export const awsError = (name: string, message: string): Error => Object.assign(new Error(message), { name });

/** The error of a call that broke off: nobody can tell whether it arrived. */
export const brokenOff = (): Error => awsError("TimeoutError", "socket hang up");

/** How each service says that it is asked too often, or can't just now; nothing was done. */
export function refusal(command: string, pick: number): Error {
  if (command === "TransactWriteCommand") {
    const Code = pick % 3 === 0 ? "ThrottlingError" : "TransactionConflict";
    return new TransactionCanceledException({
      message: `Transaction cancelled [${Code}]`,
      $metadata: {},
      CancellationReasons: [{ Code }],
    });
  }
  if (command === "SendBulkEmailCommand") {
    const names = ["TooManyRequestsException", "LimitExceededException", "SendingPausedException"];
    return awsError(names[pick % names.length] ?? "", "SES does not take it now");
  }
  return awsError("ThrottlingException", "Rate exceeded");
}
