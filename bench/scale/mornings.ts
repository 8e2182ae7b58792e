import * as runs from "../../core/runs.ts";
import { activateAt } from "../../test/faults/world/activation.ts";
import type { WorldPlan } from "../../test/faults/world/plan.ts";
import type { Point } from "../../test/faults/world/points.ts";
import { openShop, type Shop } from "../../test/faults/world/shop.ts";
import { enterWorlds, World } from "../../test/faults/world/world.ts";
import { readPrices } from "../cost/bill.ts";

/** The shops whose campaigns all fire at nine, and one that fires later, with little. */
const shops = 100;
const late = { mails: 20, after: 10 * 60_000, within: 5 * 60_000 };
/** How much longer than the account itself all may take. */
const tolerance = 1.1;
const maxMessages = 2;
const nine = Date.parse("2026-11-24T02:00:00.000Z");
const [hour, day] = [3_600_000, 86_400_000];

/** An account's quota a day and rate a second, and how many mails all shops have to send together. */
export type Morning = {
  quota: number;
  rate: number;
  mails: number;
  /** By how much quota, rate and mails were divided, where all of them would take hours to simulate. */
  scaled: number;
};

/** Enough mail that rate or quota takes far longer than starting, in minutes and days. */
export const mornings: readonly Morning[] = [
  { quota: 500, rate: 1, mails: 3_000, scaled: 1 },
  { quota: 500, rate: 14, mails: 3_000, scaled: 1 },
  { quota: 500, rate: 500, mails: 3_000, scaled: 1 },
  { quota: 50_000, rate: 1, mails: 5_000, scaled: 1 },
  { quota: 50_000, rate: 14, mails: 40_000, scaled: 1 },
  { quota: 50_000, rate: 500, mails: 125_000, scaled: 10 },
  { quota: 1_000_000, rate: 1, mails: 5_000, scaled: 1 },
  { quota: 1_000_000, rate: 14, mails: 40_000, scaled: 1 },
  { quota: 1_000_000, rate: 500, mails: 850_000, scaled: 20 },
];

export type MorningResult = Morning & {
  sent: number;
  /**
   * Hours from nine to the last mail, and what the account alone would take: mails / rate, or, where they are more than
   * a day's quota, mails / quota in days.
   */
  hours: number;
  bound: number;
  ratio: number;
  /** Seconds from nine until the last of the hundred runs began to select. */
  begun: number;
  /** Seconds from its firing to the last mail of the business that comes late. */
  late: number;
  messagesPerBatch: number;
  /** Calls to SES's control plane from nine on, but for reading the quota. */
  controlPlaneCalls: number;
  deadLetters: number;
  loops: number;
  /** Invocations of release-batches, and of all functions. */
  releases: number;
  invocations: number;
  problems: string[];
};

/** AWS as unkind as it is, and calls that take as long as `npm run cost` assumes. */
function planOf({ quota, rate, scaled }: Morning): WorldPlan {
  const latency = readPrices().assumptions.latencyMilliseconds.value;
  const slow = (point: Point, call: string) => ({
    from: 0,
    until: Number.POSITIVE_INFINITY,
    point,
    milliseconds: latency[call] ?? 0,
  });
  // A new account has ten executions, and one whose rate was raised has a thousand.
  const executions = rate > 14 ? 1_000 : 10;
  return {
    seed: 1,
    quota: quota / scaled,
    rate: rate / scaled,
    chaos: { duplicates: 0, lostEvents: 0 },
    faults: [],
    maxSteps: Number.POSITIVE_INFINITY,
    deployedFor: executions,
    unkind: {
      loopDetection: true,
      controlPlane: true,
      quotaHours: 24,
      concurrency: executions,
      slowCalls: [
        slow("hand-over", "SESV2 POST /v2/email/outbound-bulk-emails"),
        ...(["claim", "receipt", "page", "backlog"] as const).map((point) =>
          slow(point, "DYNAMODB TransactWriteItems"),
        ),
      ],
    },
  };
}

const openOne = (number: number, { customers, at }: { customers: number; at: string }): Promise<Shop> =>
  openShop({
    id: `biz_n${number}`,
    customers,
    cap: {},
    quietHours: undefined,
    mix: 0,
    drafts: { once: `2026-11-24T${at}` },
  });

/** Has a hundred shops' campaigns fire at nine in the simulated world, and one more ten minutes later; counts. */
export async function simulate(morning: Morning): Promise<MorningResult> {
  const leave = enterWorlds();
  try {
    const world = await World.open(planOf(morning), nine - hour);
    // Delivered, and never opened.
    world.ses.fate = () => 0.3;
    const customers = Math.ceil(morning.mails / morning.scaled / shops);
    const all: Shop[] = [];
    for (let number = 0; number < shops; number++)
      all.push(await openOne(number, { customers, at: "09:00" }));
    const small = await openOne(shops, { customers: late.mails, at: "09:10" });
    for (const [number, shop] of [...all, small].entries()) {
      activateAt(world, shop, { campaign: 0, at: nine - hour + number * 10_000 });
    }
    await world.goOn(nine + 30 * day);
    const begun = await Promise.all(all.map(({ business }) => runs.list(business.id, { limit: 1 })));
    const starts = begun.flatMap(({ items }) => items.map(({ startedAt }) => Date.parse(startedAt)));
    return resultOf(world, morning, { small, begun: (Math.max(...starts) - nine) / 1000 });
  } finally {
    leave();
  }
}

function resultOf(
  world: World,
  morning: Morning,
  { small: { business }, begun }: { small: Shop; begun: number },
): MorningResult {
  const { ses, queues, lambda } = world;
  const { quota, rate, scaled } = morning;
  const sum = (numbers: Iterable<number>) => [...numbers].reduce((total, one) => total + one, 0);
  const mails = ses.mails.length;
  const [last, lastOfLate] = [ses.mails, ses.mails.filter((mail) => mail.business === business.id)].map(
    (list) => list.reduce((latest, { at }) => Math.max(latest, at), 0),
  );
  const batches = new Set(
    queues.sends.sent.map((body) => JSON.parse(body)).map(({ run, id }) => `${run} ${id}`),
  );
  const hours = ((last ?? 0) - nine) / hour;
  const days = mails / (quota / scaled);
  const bound = Math.max(days > 1 ? days * 24 : 0, mails / (rate / scaled) / 3_600);
  const result = {
    ...morning,
    sent: mails,
    hours,
    bound,
    ratio: hours / bound,
    begun,
    late: ((lastOfLate ?? 0) - nine - late.after) / 1000,
    messagesPerBatch: queues.sends.sent.length / batches.size,
    controlPlaneCalls: ses.templates.calls.filter(
      ({ at, operation }) => at >= nine && operation !== "GetAccountCommand",
    ).length,
    deadLetters: sum(Object.values(queues).map(({ died }) => died)),
    loops: sum(Object.values(lambda.stopped)),
    releases: lambda.begun["release-batches"] ?? 0,
    invocations: sum(Object.values(lambda.begun)),
  };
  const expected = Math.ceil(morning.mails / scaled / shops) * shops + late.mails;
  const problems = [
    mails !== expected && `${mails} mails went out of ${expected}`,
    result.ratio > tolerance && `all took ${result.ratio.toFixed(2)} times as long as the account itself`,
    result.late > late.within / 1000 && `the small business waited for ${Math.round(result.late)} seconds`,
    result.messagesPerBatch > maxMessages && `a batch took ${result.messagesPerBatch.toFixed(2)} messages`,
    result.controlPlaneCalls > 0 && `SES's control plane was called ${result.controlPlaneCalls} times`,
    result.deadLetters > 0 && `${result.deadLetters} messages went to the dead letters`,
    result.loops > 0 && `Lambda stopped ${result.loops} invocations as loops`,
  ].filter((problem) => problem !== false);
  return { ...result, problems };
}
