import type { Host } from "../contract.ts";
import { isObject, type Json } from "./protocol.ts";

export type Target = {
  arn: string;
  messageGroupId: string | undefined;
  maximumRetries: number;
  maximumAgeSeconds: number;
  deadLetterArn: string | undefined;
};

/** Both Scheduler and rules retry 185 times within a day unless they are told otherwise. */
const RETRIES = 185;
const DAY_SECONDS = 86_400;

/** The part of a target that Scheduler and rules share: where to, how often, and what becomes of a failure. */
export function readTarget(target: Json): Target {
  const { Arn, SqsParameters, RetryPolicy, DeadLetterConfig } = target;
  const retry = isObject(RetryPolicy) ? RetryPolicy : {};
  const { MessageGroupId } = isObject(SqsParameters) ? SqsParameters : {};
  const { Arn: deadLetterArn } = isObject(DeadLetterConfig) ? DeadLetterConfig : {};
  return {
    arn: String(Arn),
    messageGroupId: typeof MessageGroupId === "string" ? MessageGroupId : undefined,
    maximumRetries: Number(retry.MaximumRetryAttempts ?? RETRIES),
    maximumAgeSeconds: Number(retry.MaximumEventAgeInSeconds ?? DAY_SECONDS),
    deadLetterArn: typeof deadLetterArn === "string" ? deadLetterArn : undefined,
  };
}

/** A minute, then doubling up to eight: 185 of these fill a day, as AWS's own do. */
const backoff = (attempt: number): number => Math.min(60_000 * 2 ** (attempt - 1), 480_000);

/**
 * Delivers a payload, again on the host's clock while the target refuses it, and at last to the dead-letter queue.
 * `payload` is made anew for each attempt, counted from 1.
 */
export async function deliverWithRetries(
  host: Host,
  target: Target,
  payload: (attempt: number) => string,
): Promise<void> {
  const first = host.clock.now();
  const attempt = async (count: number): Promise<void> => {
    try {
      await host.deliver(target.arn, payload(count), groupOf(target));
    } catch (error) {
      const due = host.clock.now() + backoff(count);
      if (count <= target.maximumRetries && due <= first + target.maximumAgeSeconds * 1000) {
        host.clock.at(due, () => attempt(count + 1), `attempt ${count + 1} to deliver to ${target.arn}`);
      } else {
        await giveUp(host, target, { payload: payload(count), error });
      }
    }
  };
  await host.busy(attempt(1));
}

async function giveUp(host: Host, { arn, deadLetterArn }: Target, last: { payload: string; error: unknown }) {
  try {
    if (deadLetterArn === undefined) throw last.error;
    await host.deliver(deadLetterArn, last.payload);
  } catch (error) {
    console.error(`Gave up delivering to ${arn}: ${String(error)}`);
  }
}

const groupOf = ({ messageGroupId }: Target) =>
  messageGroupId === undefined ? undefined : { messageGroupId };
