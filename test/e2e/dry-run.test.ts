import { beforeAll, describe, expect, test } from "vitest";
import { useHost } from "../support/host.ts";
import { story } from "../support/story.ts";

const host = useHost({ now: "2026-11-24T01:00:00Z" });
let shop: { business: string; key: string };
const owner = story(host, () => shop.key);
let regulars: string;

/** Customers of every sort: each trait goes round in a circle of its own length, so that they meet in all ways. */
beforeAll(async () => {
  shop = await host.shop({ frequencyCap: { perWeek: 3 } });
  for (const [sku, category] of [
    ["gayo", "Coffee"],
    ["toraja", "Coffee"],
    ["sencha", "Tea"],
  ]) {
    await owner.ask(`PUT /v1/items/${sku}`, {
      name: sku,
      category,
      price: { amount: 2_500_000, currency: "IDR" },
    });
  }
  await owner.ask("PUT /v1/items/pending", {
    name: "Pending",
    category: "Tea",
    price: { amount: 2_500_000, currency: "IDR" },
    inStock: false,
  });
  for (let n = 0; n < 42; n++) {
    const email = `c${n}@example.com`;
    const id = await owner.customer({
      email,
      name: `Customer ${n}`,
      birthday: ["11-24", "11-27", "02-29"][n % 3],
      consent: ["subscribed", "subscribed", "subscribed", "pending", "unsubscribed"][n % 5],
      tags: n % 2 ? ["regular"] : [],
      topics: n % 7 === 3 ? { birthday: false, news: false } : {},
      ...(n % 11 === 5 && { locale: "en" }),
    });
    if (n % 8 === 1) await owner.ask(`PATCH /v1/customers/${id}`, { pausedUntil: "2027-01-01" });
    if (n % 9 === 2) await owner.ask(`POST /v1/customers/${id}/restrict`);
    if (n % 4 === 3) continue;
    const placedAt = `2026-${["06", "09", "11"][n % 3]}-${String(1 + (n % 20)).padStart(2, "0")}T10:00:00+07:00`;
    const bought = n % 6 === 0 ? ["gayo", "toraja", "sencha"] : ["gayo"];
    await owner.order(email, placedAt, { lines: bought.map((item) => ({ item, quantity: 1 })) });
  }
  regulars = (await owner.ask("POST /v1/segments", { name: "Regulars", definition: { tag: "regular" } })).id;
});

const kinds: [name: string, details: Record<string, unknown>, isNarrowed?: boolean][] = [
  ["new-items", { kind: "new-items", topic: "news" }],
  ["birthday", { kind: "birthday", topic: "birthday" }],
  ["new-items, narrowed by a segment", { kind: "new-items", topic: "news" }, true],
  ["birthday, days before", { kind: "birthday", topic: "birthday", daysBefore: 3 }],
  ["winback", { kind: "winback", topic: "offers", days: 30 }],
  ["winback, narrowed by a segment", { kind: "winback", topic: "offers", days: 30 }, true],
  ["winback of a day", { kind: "winback", topic: "offers", days: 1 }],
  ["winback for the newly lapsed", { kind: "winback", topic: "offers", days: 30, newlyLapsedOnly: true }],
  ["broadcast", { kind: "broadcast", topic: "news" }],
];
type DryRun = {
  selected: number;
  wouldGet: { count: number; sample: { id: string }[] };
  skipped: Record<string, { count: number }>;
  complete: boolean;
};

describe("a dry run of a draft says what activating it and running it at that moment does", () => {
  test.each(kinds)("%s", async (_, details, isNarrowed) => {
    const draft = await owner.ask("POST /v1/campaigns", {
      name: "A campaign",
      template: details.kind,
      schedule: { every: "day", at: "09:00" },
      ...details,
      ...(isNarrowed && { segment: regulars }),
    });
    const said: DryRun = await owner.ask(`POST /v1/campaigns/${draft.id}/dry-run`);
    const before = host.mails().length;
    await owner.ask(`POST /v1/campaigns/${draft.id}/activate`);
    const { id } = await owner.ask(`POST /v1/campaigns/${draft.id}/run`);
    await host.host.idle();
    const { books } = await owner.ask(`GET /v1/runs/${id}`);

    expect(said).toMatchObject({
      selected: books.selected,
      wouldGet: { count: books.accepted },
      complete: true,
    });
    const skipped = Object.entries(said.skipped).map(([reason, { count }]) => [reason, count]);
    expect(Object.fromEntries(skipped)).toEqual(books.skipped);
    expect(host.mails().length - before).toBe(said.wouldGet.count);
    const { items } = await owner.ask(`GET /v1/runs/${id}/sends?limit=100`);
    const mailed = items.filter(({ state }: { state: string }) => state !== "skipped");
    const ids = mailed.map(({ customer }: { customer: string }) => customer);
    expect(said.wouldGet.sample.every((one) => ids.includes(one.id))).toBe(true);

    // And so does one of the active campaign, which has nothing left to do but what comes again.
    const again: DryRun = await owner.ask(`POST /v1/campaigns/${draft.id}/dry-run`);
    const second = await owner.run(draft.id);
    expect(again).toMatchObject({
      selected: second.books.selected,
      wouldGet: { count: second.books.accepted },
    });
    await owner.ask(`POST /v1/campaigns/${draft.id}/archive`);
  });

  test("and there was something to say of each reason", async () => {
    const { items } = await owner.ask("GET /v1/runs?limit=100");
    const reasons = new Set<string>();
    for (const { id } of items) {
      const { books } = await owner.ask(`GET /v1/runs/${id}`);
      for (const reason of Object.keys(books.skipped)) reasons.add(reason);
    }
    expect([...reasons].sort()).toEqual(
      [
        "already-greeted",
        "already-won-back",
        "frequency-cap",
        "not-confirmed",
        "nothing-new",
        "paused",
        "restricted",
        "topic-off",
        "unsubscribed",
      ].sort(),
    );
  });
});
