import type { Actor, Host } from "../contract.ts";
import { NotAllowed } from "../iam/refusals.ts";
import { isObject, type Json } from "./protocol.ts";

export type Target = {
  arn: string;
  /** The role that is taken to deliver; without one, the target's own policy decides. */
  role: string | undefined;
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
  const { Arn, RoleArn, SqsParameters, RetryPolicy, DeadLetterConfig } = target;
  const retry = isObject(RetryPolicy) ? RetryPolicy : {};
  const { MessageGroupId } = isObject(SqsParameters) ? SqsParameters : {};
  const { Arn: deadLetterArn } = isObject(DeadLetterConfig) ? DeadLetterConfig : {};
  return {
    arn: String(Arn),
    role: typeof RoleArn === "string" ? RoleArn : undefined,
    messageGroupId: typeof MessageGroupId === "string" ? MessageGroupId : undefined,
    maximumRetries: Number(retry.MaximumRetryAttempts ?? RETRIES),
    maximumAgeSeconds: Number(retry.MaximumEventAgeInSeconds ?? DAY_SECONDS),
    deadLetterArn: typeof deadLetterArn === "string" ? deadLetterArn : undefined,
  };
}

/** A minute, then doubling up to eight: 185 of these fill a day, as AWS's own do. */
const backoff = (attempt: number): number => Math.min(60_000 * 2 ** (attempt - 1), 480_000);

export type Delivery = {
  /** Who delivers: a rule's or a schedule group's service. */
  service: string;
  /** ARN of the rule, or of the schedule's group. */
  source: string;
  target: Target;
  /** Made anew for each attempt, counted from 1. */
  payload: (attempt: number) => string;
};

/**
 * Delivers a payload, again on the host's clock while the target refuses it, and at last to the dead-letter queue. What
 * is not allowed goes there at once: it would not be allowed later either.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
 */
export async function deliverWithRetries(host: Host, delivery: Delivery): Promise<void> {
  const { target, payload } = delivery;
  const first = host.clock.now();
  const attempt = async (count: number): Promise<void> => {
    try {
      host.allow(actorOf(delivery), actionOn(target.arn), target.arn);
      await host.deliver(target.arn, payload(count), groupOf(target));
    } catch (error) {
      const due = host.clock.now() + backoff(count);
      const inTime = count <= target.maximumRetries && due <= first + target.maximumAgeSeconds * 1000;
      if (inTime && !(error instanceof NotAllowed)) {
        host.clock.at(due, () => attempt(count + 1), `attempt ${count + 1} to deliver to ${target.arn}`);
      } else {
        await giveUp(host, delivery, { payload: payload(count), error });
      }
    }
  };
  await host.busy(attempt(1));
}

async function giveUp(host: Host, delivery: Delivery, last: { payload: string; error: unknown }) {
  const { arn, deadLetterArn } = delivery.target;
  try {
    if (deadLetterArn === undefined) throw last.error;
    host.allow(actorOf(delivery), actionOn(deadLetterArn), deadLetterArn);
    await host.deliver(deadLetterArn, last.payload);
    if (last.error instanceof NotAllowed) console.error(`Not delivered to ${arn}: ${last.error.message}`);
  } catch (error) {
    console.error(`Gave up delivering to ${arn}: ${String(error)}`);
  }
}

const actorOf = ({ service, source, target: { role } }: Delivery): Actor =>
  role === undefined ? { service, source } : { service, source, role };

const actions: Record<string, string> = {
  lambda: "lambda:InvokeFunction",
  sqs: "sqs:SendMessage",
  events: "events:PutEvents",
};

/** What it takes to deliver to a target, by the service that its ARN names. */
export function actionOn(arn: string): string {
  const action = actions[arn.split(":")[2] ?? ""];
  if (!action) throw new Error(`It is not known what it takes to deliver to ${arn}`);
  return action;
}

const groupOf = ({ messageGroupId }: Target) =>
  messageGroupId === undefined ? undefined : { messageGroupId };
