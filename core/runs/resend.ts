import { createHash } from "node:crypto";
import { z } from "zod";
import { assertNotHalted } from "../businesses/halts.ts";
import type { Business } from "../businesses.ts";
import { SapaError } from "../errors.ts";
import { type RunId, runIdOf } from "../ids.ts";
import { enqueue } from "../queues.ts";
import * as runs from "../runs.ts";
import { Resendable, type Run } from "../runs.ts";
import * as store from "../store.ts";
import type { Instant } from "../time.ts";
import * as books from "./books.ts";
import { firstLook, settleLater } from "./settling.ts";

export const ResendInput = z.object({
  include: z
    .array(Resendable)
    .min(1)
    .max(2)
    .default(["failed"])
    .transform((states) => [...new Set(states)].sort())
    .meta({
      description:
        "Whose mail is sent again. `unknown` may have arrived already: who is named here may get it twice.",
    }),
});

/** The attribute of the original that names the run by which mail in this state was sent again. */
const linkOf = { failed: "failedResentBy", unknown: "unknownResentBy" } as const;

/**
 * Sends a finished run's mail again to those whom SES refused, and if asked for to those of whom it is not known, as
 * a run of its own, for those who may still be mailed. Mail in either state is sent again once: repeating the call
 * answers with the run that it made, and has it go on if it had broken off.
 *
 * @throws SapaError `conflict` while the business is halted or the run is under way, when there is nobody to send to, or when only a part of
 * those asked for was sent again before.
 */
export async function resend(
  business: Business,
  id: RunId,
  { include, now }: { include: Resendable[]; now: Instant },
): Promise<Run> {
  assertNotHalted(business);
  for (let attempt = 0; attempt < 4; attempt++) {
    const original = await runs.get(business.id, id);
    const known = await resentBy(original, include);
    const run = known ?? (await followUp(original, include, { business, now }));
    // From before it exists: should this break off, the run goes on all the same.
    if (!known) await settleLater(run, firstLook(run.id, now));
    if (!known && !(await insert(original, run))) continue;
    await enqueue("RUNS_QUEUE_URL", business.id, [{ body: { business: business.id, run: run.id } }]);
    return run;
  }
  throw new SapaError("conflict", "The run is being sent again by others; try again");
}

/** The run that has sent all of it again, if there is one. */
async function resentBy(original: Run, include: Resendable[]): Promise<Run | undefined> {
  const made = await Promise.all(include.map((state) => find(original, original[linkOf[state]])));
  if (made.every((run) => run === undefined)) return undefined;
  const [first, ...others] = made;
  if (first && others.every((other) => other?.id === first.id)) return first;
  const taken = include.filter((_, index) => made[index]);
  throw new SapaError(
    "conflict",
    `Mail that is ${taken.join(" or ")} was sent again before: ask for the rest only`,
    taken.map((state) => ({
      field: "include",
      message: `${state} was sent again by ${original[linkOf[state]]}`,
    })),
  );
}

/** The run that a link names; one that failed before it had chosen anyone sent nothing, and does not count. */
async function find({ business }: Run, id: RunId | undefined): Promise<Run | undefined> {
  const run = id ? await runs.find(business, id) : undefined;
  if (run?.state !== "failed") return run;
  return (await books.read(business, run.id)).selected > 0 ? run : undefined;
}

async function followUp(
  original: Run,
  include: Resendable[],
  { business: shop, now }: { business: Business; now: Instant },
): Promise<Run> {
  if (runs.isForgotten(original, now)) {
    throw new SapaError("conflict", "It is not kept any more who got the run's mail and who did not");
  }
  const sum = await books.read(original.business, original.id);
  if (sum.waiting > 0 || !(sum.finished || runs.isStopped(original))) {
    throw new SapaError("conflict", "The run is still under way: send again when nothing waits any more");
  }
  const failed = Object.values(sum.failed).reduce((all, count) => all + count, 0);
  if (include.every((state) => (state === "failed" ? failed : sum.unknown) === 0)) {
    throw new SapaError("conflict", `No mail of the run is ${include.join(" or ")}`);
  }
  const { business, campaign, campaignName, topic, offer, occasion, template } = original;
  const mark = createHash("sha256").update(`${original.id} ${include}`).digest("hex").slice(0, 6);
  return {
    // Sorts by its own time among the campaign's runs, and never meets one that began in the same second.
    id: `${runIdOf(campaign, now)}-${mark}`,
    business,
    campaign,
    campaignName,
    trigger: "owner",
    resendOf: { run: original.id, include },
    scheduledAt: now,
    state: "starting",
    topic,
    ...(offer && { offer }),
    occasion,
    template,
    mailTemplates: {},
    attributes: [],
    startedAt: now,
    ...runs.keeping(shop, now),
  };
}

/** Keeps the run and links the original to it, both or neither; false when another call was faster. */
async function insert(original: Run, run: Run): Promise<boolean> {
  const links = (run.resendOf?.include ?? []).map((state) => linkOf[state]);
  const unchanged = links.map((link) =>
    original[link] ? `${link} = :${link}` : `attribute_not_exists(${link})`,
  );
  const before = links.flatMap((link) => (original[link] ? [[`:${link}`, original[link]]] : []));
  const outcomes = await store.transact([
    {
      Put: {
        TableName: store.tableName("runs"),
        Item: run,
        ConditionExpression: "attribute_not_exists(id)",
      },
    },
    {
      Update: {
        TableName: store.tableName("runs"),
        Key: { business: original.business, id: original.id },
        UpdateExpression: `SET ${links.map((link) => `${link} = :run`).join(", ")}`,
        ConditionExpression: unchanged.join(" AND "),
        ExpressionAttributeValues: { ":run": run.id, ...Object.fromEntries(before) },
      },
    },
  ]);
  return outcomes === undefined;
}
