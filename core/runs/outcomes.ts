import { z } from "zod";
import { type BusinessId, type CustomerId, type RunId, shardOf } from "../ids.ts";
import { partitionOf } from "../runs.ts";
import type { Item, Write } from "../store.ts";
import { tally } from "./books.ts";

const count = (description: string) => z.int().meta({ description });
const counts = (description: string) => z.record(z.string(), z.int()).meta({ description });

const Counted = z.object({
  opened: count("Loaded by whomever: mail programs, and those who check mail, open it too"),
  openedByPeople: count("Of these, those of which one opening looks like a person's"),
  clicked: count("Of which a link was followed, by whomever"),
  clickedByPeople: count("Of these, those of which one click looks like a person's"),
  bounced: count("Came back for good"),
  softBounced: count("Came back for the moment, as from a full mailbox"),
  blocked: count("Refused by the receiving server for what the mail is, not for its address"),
  complained: count("Called spam"),
  unsubscribed: count("Led to unsubscribing, from everything or from one topic"),
  left: counts("Why customers unsubscribed, where they said so"),
  ratings: counts("How many stars customers gave"),
});
type Counted = z.infer<typeof Counted>;

/** What became of a run's mails once SES had them: how many of them, however often it happened to each. */
export const Outcomes = Counted.extend({
  averageRating: z
    .number()
    .optional()
    .meta({ description: "Stars, to two decimals; absent without ratings" }),
});
export type Outcomes = z.infer<typeof Outcomes>;

type Reasoned = "left" | "ratings";
export type Outcome = Exclude<keyof Counted, Reasoned> | `${Reasoned}:${string}`;

/** The mail to one customer of one run. */
export type Mail = { business: BusinessId; run: RunId; customer: CustomerId };

/**
 * The write that counts what became of a mail, `{ clicked: 1 }` or `{ "ratings:3": -1, "ratings:5": 1 }`: for the
 * transaction that can be made once only. The counts are kept beside the books' own and not among them, so that
 * readers don't get into the way of mail that still goes out.
 */
export const raise = (
  { business, run, customer }: Mail,
  raised: { readonly [outcome in Outcome]?: number },
): Write =>
  tally(
    { run: partitionOf(business, run), shard: `outcomes#${shardOf(business, customer).slice(-2)}` },
    Object.fromEntries(Object.entries(raised).map(([name, by]) => [`outcome:${name}`, by ?? 0])),
  );

/** The sum of what the tallies of a run say. */
export function sum(tallies: readonly Item[]): Outcomes {
  const all: Counted = {
    opened: 0,
    openedByPeople: 0,
    clicked: 0,
    clickedByPeople: 0,
    bounced: 0,
    softBounced: 0,
    blocked: 0,
    complained: 0,
    unsubscribed: 0,
    left: {},
    ratings: {},
  };
  for (const [field, value] of tallies.flatMap((item) => Object.entries(item))) {
    const [kind, name = "", ...reason] = field.split(":");
    if (kind !== "outcome" || typeof value !== "number") continue;
    if (name === "left" || name === "ratings") add(all[name], reason.join(":"), value);
    else if (isPlain(name)) all[name] += value;
  }
  const averageRating = averageOf(all.ratings);
  return { ...all, ...(averageRating !== undefined && { averageRating }) };
}

/** The average of so many ratings of each number of stars, to two decimals. */
export function averageOf(ratings: Record<string, number>): number | undefined {
  const counts = Object.entries(ratings);
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  const stars = counts.reduce((sum, [star, count]) => sum + Number(star) * count, 0);
  return total > 0 ? Math.round((stars / total) * 100) / 100 : undefined;
}

const isPlain = (name: string): name is Exclude<keyof Counted, Reasoned> =>
  Object.hasOwn(Counted.shape, name) && name !== "left" && name !== "ratings";

function add(counts: Record<string, number>, reason: string, by: number): void {
  const sum = (counts[reason] ?? 0) + by;
  // What was said and taken back leaves no trace.
  if (sum === 0) delete counts[reason];
  else counts[reason] = sum;
}
