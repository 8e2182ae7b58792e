import type { Fault } from "./faults.ts";
import type { QueueName } from "./functions.ts";
import type { Point } from "./points.ts";

/** From when until when, in seconds since the world began. */
export type Stretch = { from: number; until: number };

export type WorldPlan = {
  seed: number;
  /** SES's mails a second, and a day. */
  rate: number;
  quota: number;
  /** Shares of the messages and events, 0 to 1. */
  chaos: { duplicates: number; lostEvents: number };
  faults: readonly Fault[];
  /** How unkind AWS is besides: what is left out is as in `kind`. */
  unkind?: Partial<Unkindness>;
  /** How many executions at once the stack was deployed for; ten, unless said. */
  deployedFor?: number;
  /** A world that has not come to rest after so many steps is given up. */
  maxSteps?: number;
};

/** What AWS does to its users that a friendly simulation would leave out. Each part says where AWS documents it. */
export type Unkindness = {
  /** Whether Lambda stops a function that runs for the 17th time in one chain of requests: see lambda.ts. */
  loopDetection: boolean;
  /** How many executions the account may have at once, of all functions together: see lambda.ts. */
  concurrency: number;
  /** Seconds after which functions are stopped, by name, where it is not as long as the stack says. */
  timeLimits: Readonly<Record<string, number>>;
  /** Calls that take longer by so many milliseconds, all of them or those of one point or one function. */
  slowCalls: readonly (Stretch & { milliseconds: number; point?: Point; by?: string })[];
  /**
   * Queues from which nothing gets through: SQS hands nothing out (`silent`), or Lambda refuses whatever its poller
   * brings (`throttled`): see queue.ts.
   */
  queues: readonly (Stretch & { queue: QueueName; how: "silent" | "throttled" })[];
  /** The share, 0 to 1, of the entries of SendMessageBatch that SQS refuses: see sqs.ts. */
  refusedMessages: readonly (Stretch & { share: number })[];
  /** Whether SES's control plane takes one call a second: see ses-templates.ts. */
  controlPlane: boolean;
  /** How many hours a day of SES's quota has: see ses.ts. */
  quotaHours: number;
  /** When SES holds the sender for one that is not verified, and refuses each call as a whole: see ses.ts. */
  unverifiedSender: readonly Stretch[];
  /** Mail that SES accepts in a stretch is reported later by so many seconds: see ses-events.ts. */
  lateFeedback: readonly (Stretch & { seconds: number })[];
  /** By how many milliseconds a read may lag that is not strongly consistent: see replicas.ts. */
  staleReads: number;
};

/** AWS as kind as it can be. */
export const kind: Unkindness = {
  loopDetection: false,
  concurrency: Number.POSITIVE_INFINITY,
  timeLimits: {},
  slowCalls: [],
  queues: [],
  refusedMessages: [],
  controlPlane: false,
  // Waiting is what a kind world tests, not how long.
  quotaHours: 2,
  unverifiedSender: [],
  lateFeedback: [],
  staleReads: 0,
};

/** The first stretch that the given second of the world falls into. */
export const during = <S extends Stretch>(stretches: readonly S[], second: number): S | undefined =>
  stretches.find(({ from, until }) => from <= second && second < until);
