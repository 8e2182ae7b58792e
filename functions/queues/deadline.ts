import { setTimeout as sleep } from "node:timers/promises";
import type { Context } from "aws-lambda";
import type { Deadline } from "../../core/deadline.ts";

/** How long an invocation may still run, and its clock. */
export const deadlineOf = (context: Context): Deadline => ({
  now: Date.now,
  sleep: async (milliseconds) => {
    if (milliseconds > 0) await sleep(milliseconds);
  },
  remaining: () => context.getRemainingTimeInMillis(),
});
