import { afterAll, beforeAll, expect, test } from "vitest";
import * as businesses from "../../core/businesses.ts";
import * as books from "../../core/runs/books.ts";
import * as runs from "../../core/runs.ts";
import type { Fault } from "./world/faults.ts";
import { violations } from "./world/invariants.ts";
import { type Told, tell } from "./world/story.ts";
import { enterWorlds } from "./world/world.ts";

let leave: () => void;
beforeAll(() => {
  leave = enterWorlds();
});
afterAll(() => leave());

const size = 100;

/** A run to a hundred customers at a mail a second, of which all come back within a minute or two. */
async function story(faults: readonly Fault[]): Promise<{ told: Told; haltedAt: number }> {
  let haltedAt = Number.POSITIVE_INFINITY;
  const breaker = { bounceRate: 0.1, complaintRate: 0.1, minimumSample: 10, days: 7 };
  const told = await tell(
    {
      seed: 1,
      rate: 1,
      quota: -1,
      chaos: { duplicates: 0.1, lostEvents: 0 },
      faults,
      shops: [{ customers: size, cap: {}, quietHours: undefined, mix: 0, breaker }],
      acts: [],
    },
    (world) => {
      world.ses.fate = () => 0;
      world.tamper = (_, input) => {
        if (input.ExpressionAttributeValues?.[":halted"]) haltedAt = Math.min(haltedAt, world.timeline.now);
        return input;
      };
    },
  );
  return { told, haltedAt };
}

const throttled: Fault = { on: "hand-over", nth: 4, kind: "throttle", pick: 0 };
const dies: Fault = { on: "hand-over", nth: 7, kind: "kill-before", pick: 0 };
const lateReceipt: Fault = { on: "receipt", nth: 3, kind: "fail-after", pick: 0 };

test.each<[string, Fault[]]>([
  ["when nothing else goes wrong", []],
  ["when SES throttles a batch, a function dies and an answer is lost", [throttled, dies, lateReceipt]],
])("a run under way stops within one batch per worker when its mail comes back, %s", async (_, faults) => {
  const { told, haltedAt } = await story(faults);
  const { world, shops } = told;
  expect(await violations(told), world.trace.join("\n")).toEqual([]);

  // Whoever began after the halt has handed nothing over, a retry no more than a batch.
  const late = world.ses.mails.filter(({ by }) => by.startedAt > haltedAt);
  expect(late, world.trace.join("\n")).toEqual([]);
  expect(world.ses.mails.length).toBeGreaterThanOrEqual(10);
  expect(world.ses.mails.length).toBeLessThan(size);

  const id = shops[0]?.business.id ?? "biz_one";
  const { items } = await runs.list(id, { limit: 1 });
  const [run] = items;
  expect(run).toMatchObject({ state: "failed", failure: { reason: "halted" } });
  const sum = await books.read(id, run?.id ?? "run_none");
  expect(sum).toMatchObject({ selected: size, accepted: world.ses.mails.length, waiting: 0 });
  expect(sum.skipped["run-stopped"]).toBe(size - world.ses.mails.length);
  expect((await businesses.get(id)).halted).toMatchObject({ reason: "bounces" });
  // A report that is repeated tells again, of the same halt.
  const events = world.bus.filter(({ type }) => type === "business.halted");
  expect(new Set(events.map(({ detail }) => JSON.stringify(detail))).size).toBe(1);
});
