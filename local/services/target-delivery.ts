import { randomUUID } from "node:crypto";
import type { Actor, Host } from "../contract.ts";
import { NotAllowed } from "../iam/refusals.ts";
import type { Records } from "../journal.ts";
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
  payload: string;
  /** For a schedule: what its payload's context attributes stand for, besides those of each attempt. */
  context?: Record<string, string>;
  /** Key of the schedule that is to be deleted afterwards. */
  completes?: string;
};
/** A delivery that is not over; times are epoch milliseconds, attempts are counted from 1. */
type Pending = Delivery & { attempt: number; first: number; due: number };

/**
 * Delivers payloads, again on the host's clock while the target refuses them, and at last to the dead-letter queue. What
 * is not allowed goes there at once: it would not be allowed later either. One that has begun survives the host: it is
 * delivered at least once.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
 */
export class Deliveries {
  readonly #host: Host;
  readonly #records: Records<Pending>;
  readonly #onEnd: (delivery: Delivery) => void;

  constructor(host: Host, records: Records<Pending>, onEnd: (delivery: Delivery) => void = () => {}) {
    this.#host = host;
    this.#records = records;
    this.#onEnd = onEnd;
  }

  /** Resolves after the first attempt. */
  begin(delivery: Delivery): Promise<void> {
    const now = this.#host.clock.now();
    const pending = { ...delivery, attempt: 1, first: now, due: now };
    const id = randomUUID();
    this.#records.put(id, pending);
    return this.#host.busy(this.#attempt(id, pending));
  }

  /** Goes on with what an earlier host had begun. */
  resume(): void {
    for (const [id, pending] of this.#records.take()) this.#plan(id, pending);
  }

  #plan(id: string, pending: Pending): void {
    const what = `attempt ${pending.attempt} to deliver to ${pending.target.arn}`;
    this.#host.clock.at(pending.due, () => this.#attempt(id, pending), what);
  }

  async #attempt(id: string, pending: Pending): Promise<void> {
    const { target, attempt, first } = pending;
    const payload = payloadOf(pending);
    try {
      this.#host.allow(actorOf(pending), actionOn(target.arn), target.arn);
      await this.#host.deliver(target.arn, payload, groupOf(target));
    } catch (error) {
      const due = this.#host.clock.now() + backoff(attempt);
      const inTime = attempt <= target.maximumRetries && due <= first + target.maximumAgeSeconds * 1000;
      if (inTime && !(error instanceof NotAllowed)) {
        const next = { ...pending, attempt: attempt + 1, due };
        this.#records.put(id, next);
        this.#plan(id, next);
        return;
      }
      await giveUp(this.#host, pending, { payload, error });
    }
    this.#records.delete(id);
    this.#onEnd(pending);
  }
}

/** Fills the context attributes of a schedule's input, `<aws.scheduler.scheduled-time>`, anew at each attempt. */
function payloadOf({ payload, context, attempt }: Pending): string {
  if (!context) return payload;
  const all: Record<string, string> = {
    ...context,
    "execution-id": randomUUID(),
    "attempt-number": String(attempt),
  };
  return payload.replace(/<aws\.scheduler\.([a-z-]+)>/g, (whole, name: string) => all[name] ?? whole);
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
