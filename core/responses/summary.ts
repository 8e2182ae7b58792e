import { z } from "zod";
import type { Business } from "../businesses.ts";
import { countOne } from "../dictionaries.ts";
import { SapaError } from "../errors.ts";
import { byKeys } from "../responses.ts";
import { averageOf } from "../runs/outcomes.ts";
import { queryPages } from "../store.ts";
import { addDays, Day, dayIn, daysBetween, type Instant, startOfDay } from "../time.ts";
import { isComplaint, type Response } from "./record.ts";

const counts = z.record(z.string(), z.int());

/** What customers said in a span of days. */
export const Summary = z.object({
  from: Day,
  to: Day,
  ratings: z.object({
    count: z.int(),
    average: z.number().optional().meta({ description: "Stars, to two decimals; absent without ratings" }),
    stars: counts,
  }),
  complaints: z
    .int()
    .meta({ description: "Of the ratings, those with one or two stars that are not closed" }),
  leavings: z.object({
    count: z.int(),
    reasons: counts.meta({ description: "Of those who said why" }),
    topics: counts.meta({ description: "Of those who left one topic; the others left everything" }),
  }),
  complete: z
    .boolean()
    .meta({ description: "False when there was more than can be looked through: the newest are counted" }),
});
export type Summary = z.infer<typeof Summary>;

const longestSpan = 366;
const usualSpan = 30;
/** How many responses are looked through: some seconds' reading. */
const mostLookedAt = 10_000;

/** Sums up the responses of some days of the business, both ends included: the last 30 when nothing is said. */
export async function summarise(
  business: Business,
  span: { from?: Day | undefined; to?: Day | undefined },
  now: Instant,
): Promise<Summary> {
  const to = span.to ?? dayIn(business.timeZone, now);
  const from = span.from ?? addDays(to, 1 - usualSpan);
  const days = daysBetween(from, to);
  if (days < 0) throw wrong("to", "is before from");
  if (days >= longestSpan) throw wrong("from", `is more than ${longestSpan} days before to`);
  const sum: Summary = {
    from,
    to,
    ratings: { count: 0, stars: {} },
    complaints: 0,
    leavings: { count: 0, reasons: {}, topics: {} },
    complete: true,
  };
  const pages = queryPages("responses", {
    IndexName: "byTime",
    KeyConditionExpression: "business = :business AND #at BETWEEN :first AND :last",
    ExpressionAttributeNames: { "#at": "at" },
    ExpressionAttributeValues: {
      ":business": business.id,
      ":first": startOfDay(business.timeZone, from),
      // BETWEEN takes both ends, and instants have milliseconds.
      ":last": before(startOfDay(business.timeZone, addDays(to, 1))),
    },
    ScanIndexForward: false,
    Limit: 1000,
  });
  let looked = 0;
  for await (const entries of pages) {
    if (looked >= mostLookedAt) {
      sum.complete = entries.length === 0;
      break;
    }
    looked += entries.length;
    for (const response of (await byKeys(business.id, entries)).values()) count(sum, response);
  }
  const average = averageOf(sum.ratings.stars);
  if (average !== undefined) sum.ratings.average = average;
  return sum;
}

function count(sum: Summary, response: Response): void {
  if (isComplaint(response)) sum.complaints += 1;
  if (response.kind === "rating") {
    sum.ratings.count += 1;
    countOne(sum.ratings.stars, String(response.stars));
  } else {
    sum.leavings.count += 1;
    if (response.reason) countOne(sum.leavings.reasons, response.reason);
    if (response.topic) countOne(sum.leavings.topics, response.topic);
  }
}

const before = (at: Instant): Instant => new Date(Date.parse(at) - 1).toISOString();

const wrong = (field: string, message: string) =>
  new SapaError("invalid", "The span of days can't be summed up", [{ field, message }]);
