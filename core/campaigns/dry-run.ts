import { z } from "zod";
import type { Business } from "../businesses.ts";
import type { Campaign } from "../campaigns.ts";
import type { Customer } from "../customers.ts";
import { SkipReason } from "../eligibility.ts";
import { CustomerId } from "../ids.ts";
import { audienceOf } from "../runs/audience.ts";
import { occasionOf } from "../runs/occasions.ts";
import { everyCandidate } from "../runs/sources.ts";
import * as segments from "../segments.ts";
import type { Instant } from "../time.ts";
import { withBoundary } from "./boundary.ts";

const Someone = z.object({ id: CustomerId, name: z.string().optional() });
const Group = z.object({
  count: z.int(),
  sample: z
    .array(Someone)
    .optional()
    .meta({ description: "The first ten of them; absent without the scope customers:read" }),
});
type Group = z.infer<typeof Group>;

/** What a run at this moment would do, of a draft the one right after its activation, without doing it. */
export const DryRun = z.object({
  /** Customers whom the campaign is about: those who get it and those skipped. */
  selected: z.int(),
  wouldGet: Group,
  skipped: z.partialRecord(SkipReason, Group),
  /** How many customers were read for this answer. */
  read: z.int(),
  /** False when there were more to read: the counts are then of those read only. */
  complete: z.boolean(),
});
export type DryRun = z.infer<typeof DryRun>;

/** What may be told of a dry run to someone who may not read customers. */
export function withoutPeople({ wouldGet, skipped, ...rest }: DryRun): DryRun {
  const counts = ({ count }: Group): Group => ({ count });
  return {
    ...rest,
    wouldGet: counts(wouldGet),
    skipped: Object.fromEntries(Object.entries(skipped).map(([reason, group]) => [reason, counts(group)])),
  };
}

/** An API answer may take seconds, not minutes. */
const mostRead = 20_000;
const sampleSize = 10;

/** Who would get a campaign if it fired at `now`, a draft if it were activated first, who would not, and why. */
export async function dryRun(business: Business, campaign: Campaign, now: Instant): Promise<DryRun> {
  const { occasion } = await occasionOf(withBoundary(campaign, business, now), business, now);
  const segment = campaign.segment ? await segments.get(business.id, campaign.segment) : undefined;
  const audience = audienceOf(
    {
      campaign: campaign.id,
      occasion,
      topic: campaign.topic,
      scheduledAt: now,
      attributes: [],
      mailTemplates: {},
      ...(segment && { segment: { id: segment.id, definition: segment.definition } }),
    },
    business,
  );
  const answer: DryRun = {
    selected: 0,
    wouldGet: { count: 0, sample: [] },
    skipped: {},
    read: 0,
    complete: true,
  };
  if (occasion.kind === "new-items" && occasion.items.length === 0) return answer;
  for await (const page of everyCandidate(
    { business: business.id, campaign: campaign.id, occasion },
    audience.path,
  )) {
    if (answer.read >= mostRead) return { ...answer, complete: false };
    answer.read += page.length;
    for (const customer of page) {
      const choice = audience.choose(customer);
      if (!choice) continue;
      answer.selected += 1;
      if ("recipient" in choice) add(answer.wouldGet, customer);
      else {
        const skipped = answer.skipped[choice.skip] ?? { count: 0, sample: [] };
        answer.skipped[choice.skip] = skipped;
        add(skipped, customer);
      }
    }
  }
  return answer;
}

function add(group: Group, { id, name }: Customer): void {
  group.count += 1;
  const sample = group.sample ?? [];
  if (sample.length < sampleSize) group.sample = [...sample, name ? { id, name } : { id }];
}
