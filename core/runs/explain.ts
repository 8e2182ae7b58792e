import { z } from "zod";
import type { Business, Locale } from "../businesses.ts";
import * as businesses from "../businesses.ts";
import * as customers from "../customers.ts";
import type { CustomerId } from "../ids.ts";
import type { Run } from "../runs.ts";
import { isForgotten, isStopped } from "../runs.ts";
import * as segments from "../segments.ts";
import * as sends from "../sends.ts";
import { receiptKey, Send, SendState } from "../sends.ts";
import type { Instant } from "../time.ts";
import { audienceOf } from "./audience.ts";
import { whyNotLapsed } from "./lapses.ts";
import * as receipts from "./receipts.ts";
import { pagesOf, type SelectionPage } from "./select.ts";
import { sentenceFor } from "./sentences.ts";
import { dropReason } from "./stop.ts";

export const Explanation = z.object({
  outcome: z.enum([
    ...SendState.options,
    "waiting", // chosen, and on its way
    "not-selected", // not in the audience
    "not-reached", // selection has not come to this customer
    "forgotten", // it is not kept any more
  ]),
  /** A skip reason, SES's status, or what the customer lacked for the audience. */
  reason: z.string().optional(),
  /** The same, in words, in both languages. */
  sentence: z.object({ id: z.string(), en: z.string() }),
  /** True when the run left no trace of the customer, so that the answer goes by what is known of them now. */
  judgedNow: z.boolean(),
  send: Send.optional(),
});
export type Explanation = z.infer<typeof Explanation>;

/** What may be told of it to someone who may not read customers: nothing that goes by what is known of them now. */
export const withoutPeople = (explanation: Explanation): Explanation =>
  explanation.judgedNow ? { ...said(explanation.outcome), judgedNow: true } : explanation;

/** Why a customer did, or did not, get a run's mail. Every customer and run has an answer. */
export async function explain(run: Run, customerId: CustomerId, now: Instant): Promise<Explanation> {
  if (isForgotten(run, now)) return said("forgotten");
  const send = await sends.find(run.business, customerId, run.id);
  if (send) return ofSend(run, send);
  const [business, selected] = await Promise.all([
    businesses.get(run.business),
    findInSelection(run, customerId),
  ]);
  if (selected?.skip) return said("skipped", selected.skip);
  if (selected?.chosen) return isStopped(run) ? said("skipped", dropReason(run)) : said("waiting");
  return ofNobody({ run, business, complete: selected?.complete ?? false }, customerId);
}

async function ofSend(run: Run, send: Send): Promise<Explanation> {
  const receipt = send.claim
    ? await receipts.find(run.business, run.id, { batch: receiptKey(send.batch, send.claim) })
    : undefined;
  const outcome = sends.stateOf(send, receipt);
  const { customerId: id, skipped } = send;
  const reason = skipped ?? receipt?.failed[id] ?? receipt?.skipped[id] ?? receipt?.retrying[id];
  return { ...said(outcome, isByProgram(outcome, send) ? "by-program" : reason), send };
}

/** Whether nothing says that it was a person who opened the mail, or clicked. */
const isByProgram = (outcome: SendState, { openedByPersonAt, clickedByPersonAt }: Send): boolean =>
  (outcome === "opened" && !openedByPersonAt) || (outcome === "clicked" && !clickedByPersonAt);

type Trace = { skip?: string; chosen?: boolean; complete: boolean };

/** Looks for a customer in the pages of their shard's selection. */
async function findInSelection(run: Run, id: CustomerId): Promise<Trace> {
  const shard = customers.keyOf(run.business, id).shard.slice(-2);
  let complete = false;
  for await (const pages of pagesOf(run.business, run.id, shard)) {
    for (const page of pages) {
      const skip = skipIn(page, id);
      if (skip) return { skip, complete: true };
      if (page.batches.some((batch) => batch.customers.includes(id))) return { chosen: true, complete: true };
      complete = !page.next;
    }
  }
  return { complete };
}

const skipIn = (page: SelectionPage, id: CustomerId): string | undefined =>
  Object.entries(page.skipped).find(([, ids]) => ids?.includes(id))?.[0];

type Judged = { run: Run; business: Business; complete: boolean };

/** The run's selection holds no trace: the customer was not in the audience, or it has not come to them yet. */
async function ofNobody({ run, business, complete }: Judged, id: CustomerId): Promise<Explanation> {
  const customer = await customers.get(run.business, id);
  const nothingNew = run.occasion.kind === "new-items" && run.occasion.items.length === 0;
  if (nothingNew) return said("not-selected", "no-new-items");
  if (run.resendOf && complete) return said("not-selected", "not-resent");
  if (!complete && !isStopped(run)) return said("not-reached");
  if (!complete) {
    const { reason = "" } = run.failure ?? {};
    return said(
      "not-selected",
      ["preflight", "halted", "sender-not-bound"].includes(reason) ? reason : dropReason(run),
    );
  }
  if (customer.createdAt > run.startedAt) return said("not-selected", "joined-later");
  const now = run.scheduledAt;
  const audience = audienceOf({ ...run, occasion: ownOf(run.occasion), segment: undefined }, business);
  if (!audience.choose(customer)) {
    const { occasion } = run;
    const why =
      occasion.kind === "winback"
        ? whyNotLapsed(occasion, customer.statistics.lastOrderAt)
        : `not-${occasion.kind}`;
    return { ...said("not-selected", why), judgedNow: true };
  }
  if (run.segment) {
    const { definition } = run.segment;
    const words = (locale: Locale) => segments.explain(definition, { business, now, customer, locale }) ?? "";
    const sentence = { id: words("id"), en: words("en") };
    if (sentence.en) return { ...said("not-selected", "segment"), sentence, judgedNow: true };
  }
  return { ...said("not-selected", "changed-since"), judgedNow: true };
}

/** Whom the run itself looked for: those whom it took over from the one before have left a trace. */
function ownOf(occasion: Run["occasion"]): Run["occasion"] {
  if (occasion.kind !== "winback") return occasion;
  const { carriedFrom: _, ...own } = occasion;
  return own;
}

const said = (outcome: Explanation["outcome"], reason?: string): Explanation => ({
  outcome,
  ...(reason && { reason }),
  sentence: sentenceFor(outcome, reason),
  judgedNow: false,
});
