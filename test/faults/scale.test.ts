import { afterAll, beforeAll, expect, test } from "vitest";
import * as books from "../../core/runs/books.ts";
import * as runs from "../../core/runs.ts";
import { violations } from "./world/invariants.ts";
import { type Schedule, type Told, tell } from "./world/story.ts";
import { enterWorlds } from "./world/world.ts";

let leave: () => void;
beforeAll(() => {
  leave = enterWorlds();
});
afterAll(() => leave());

/** SAPA_SCALE makes the shops larger: 500 has a hundred shops mail 50,000 customers, in about a minute. */
const scale = Number(process.env.SAPA_SCALE ?? 5);

/** Shops that mail all their customers at once, in a world in which nothing goes wrong. */
async function mailing(shops: number, customers: number, more: Partial<Schedule> = {}): Promise<Told> {
  const shop = { customers, cap: {}, quietHours: undefined, mix: 0 };
  return tell(
    {
      seed: 1,
      rate: 500,
      quota: -1,
      chaos: { duplicates: 0, lostEvents: 0 },
      faults: [],
      shops: Array.from({ length: shops }, () => shop),
      acts: [],
      maxSteps: 10_000_000,
      ...more,
    },
    (world) => {
      // Delivered, and never opened.
      world.ses.fate = () => 0.3;
    },
  );
}

test(
  "a hundred shops mail all their customers at once, each its own",
  async () => {
    const told = await mailing(100, scale);

    expect(await violations(told)).toEqual([]);
    expect(told.world.ses.mails).toHaveLength(100 * scale);
    expect(new Set(told.world.ses.mails.map(({ business }) => business)).size).toBe(100);
  },
  30 * 60_000,
);

test(
  "a run to many is closed by a function that has a fiftieth of its time",
  async () => {
    const told = await mailing(1, 300 * scale, { unkind: { timeLimits: { "settle-run": 6 } } });

    expect(await violations(told)).toEqual([]);
    const business = told.shops[0]?.business.id ?? "biz_one";
    const [run] = (await runs.list(business, { limit: 1 })).items;
    expect(run?.state).toBe("settled");
    expect(await books.read(business, run?.id ?? "run_none")).toMatchObject({
      accepted: 300 * scale,
      waiting: 0,
    });
  },
  30 * 60_000,
);
