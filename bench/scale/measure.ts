import type { LocalHost } from "../../local/host.ts";
import type { Count, Meter, Unit } from "../../local/meter.ts";
import type { Shop } from "./shop.ts";

export type Measured = {
  counts: Count[];
  /** Wall time until the last of SES's events was recorded. */
  seconds: number;
  selected: number;
  mailed: number;
};

/** A run that has not ended by then never will. */
const maxHours = 120;

export type Measuring = { host: LocalHost; meter: Meter };

/** Makes a campaign that fires only when it is told to. */
export async function makeCampaign({ owner }: Shop, details: Record<string, unknown>): Promise<string> {
  const { id } = await owner.call("POST", "/v1/campaigns", {
    name: "Measured",
    topic: "news",
    schedule: { once: "2030-01-01T09:00" },
    ...details,
  });
  await owner.call("POST", `/v1/campaigns/${id}/activate`);
  return String(id);
}

/** Runs a campaign once, from its start to its closed books, and counts everything that AWS would bill for it. */
export async function runOnce(
  { host, meter }: Measuring,
  { owner }: Shop,
  campaign: string,
): Promise<Measured> {
  await host.idle();
  meter.take();
  const began = performance.now();
  const run = await owner.call("POST", `/v1/campaigns/${campaign}/run`);
  await host.idle();
  const seconds = (performance.now() - began) / 1000;
  const look = async () =>
    (await owner.call("GET", `/v1/runs/${run.id}`)) as {
      books: { selected: number; accepted: number };
      state: string;
    };
  await host.clock.move(host.clock.now() + 20 * 60_000);
  await host.idle();
  // Where the day's quota is less than the run, it waits for the next ones.
  for (let hours = 0; hours < maxHours && (await look()).state !== "settled"; hours++) {
    await host.clock.move(host.clock.now() + 3_600_000);
    await host.idle();
  }
  const counts = taken({ host, meter });
  const { books, state } = await look();
  if (state !== "settled") throw new Error(`The run is ${state}: ${JSON.stringify(books)}`);
  return {
    counts,
    seconds,
    selected: books.selected,
    mailed: books.accepted,
  };
}

/** What was counted since the last taking, without what this program itself asked for. */
export const taken = ({ host, meter }: Measuring): Count[] =>
  meter
    .take()
    .filter(({ who }) => who !== "outside")
    .map((count) => named(host, count));

/** Functions by the names that they are deployed under. */
function named({ stack }: LocalHost, count: Count): Count {
  const resource = stack.resources.get(count.who);
  const name = String(resource?.properties.FunctionName ?? count.who).replace(/^Sapa-/, "");
  return { ...count, who: name };
}

/** The sum of a unit over everything, or over the details that `of` accepts. */
export const total = (
  counts: readonly Count[],
  unit: Unit,
  of: (count: Count) => boolean = () => true,
): number =>
  counts.filter((count) => count.unit === unit && of(count)).reduce((sum, { amount }) => sum + amount, 0);
