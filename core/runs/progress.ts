import { z } from "zod";
import { bulkRate } from "../rate-limit.ts";
import { addSeconds, Instant } from "../time.ts";
import type { Books } from "./books.ts";

/** How a run gets on while it is under way. */
export const Progress = z.object({
  perSecond: z.number().optional().meta({
    description:
      "Mails that SES accepted a second, on average between the first and the last so far; absent until they are ten seconds apart. Pauses in between, such as quiet hours, count",
  }),
  estimatedEnd: Instant.optional().meta({
    description:
      "When those chosen so far will have been sent: at that speed, or until it is known at the account's own. Absent while nobody waits, and when more wait than the day's quota allows",
  }),
  heldBy: z
    .enum(["selection", "quiet-hours", "daily-quota"])
    .optional()
    .meta({ description: "Why nothing, or not all, can go out now" }),
});
export type Progress = z.infer<typeof Progress>;

export type Circumstances = {
  now: Instant;
  /** SES's mails per second, and how many may be sent before the day's quota is used up; unknown if SES is not to be asked. */
  account?: { rate: number; left: number };
  /** When the quiet hours end that it is now. */
  quietUntil?: Instant;
};

/** Below this many seconds between the first and the last mail a rate would say little. */
const shortestSpan = 10;

/** How fast a run goes and when it will be done, from its books alone: nothing is written for it while it runs. */
export function progressOf(books: Books, { now, account, quietUntil }: Circumstances): Progress {
  const measured = rateOf(books);
  const held = quietUntil
    ? "quiet-hours"
    : account && books.waiting > account.left
      ? "daily-quota"
      : books.selected === 0
        ? "selection"
        : undefined;
  const answer: Progress = {
    ...(measured !== undefined && { perSecond: Math.round(measured * 100) / 100 }),
    ...(held && { heldBy: held }),
  };
  const speed = measured ?? (account && bulkRate(account.rate));
  if (books.waiting === 0 || !speed || (account && books.waiting > account.left)) return answer;
  const seconds = Math.ceil(books.waiting / speed);
  return { ...answer, estimatedEnd: addSeconds(quietUntil ?? now, seconds) };
}

function rateOf({ accepted, firstAcceptedAt, lastAcceptedAt }: Books): number | undefined {
  if (firstAcceptedAt === undefined || lastAcceptedAt === undefined) return undefined;
  const span = (Date.parse(lastAcceptedAt) - Date.parse(firstAcceptedAt)) / 1000;
  return span >= shortestSpan ? accepted / span : undefined;
}
