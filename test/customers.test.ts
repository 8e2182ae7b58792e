import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Business } from "../core/businesses.ts";
import * as consents from "../core/consents.ts";
import { erase } from "../core/customers/erase.ts";
import * as customers from "../core/customers.ts";
import { finish } from "../core/erasures/finish.ts";
import type { SapaError } from "../core/errors.ts";
import { type CustomerId, newId } from "../core/ids.ts";
import * as orders from "../core/orders.ts";
import * as suppressions from "../core/suppressions.ts";
import { useDatabase } from "./support/database.ts";
import { aBusiness } from "./support/shop.ts";

const raise = vi.hoisted(() => vi.fn(async () => {}));
vi.mock("../core/events.ts", () => ({ raise }));
beforeEach(() => raise.mockClear());

useDatabase();

const now = "2026-11-24T02:00:00.000Z";
const later = "2026-11-25T02:00:00.000Z";
const byApi = { way: "api" } as const;
const byClick = { way: "one-click", ip: "203.0.113.9", userAgent: "Mail/1.0" } as const;
const attributes = { drink: "text", visits: "number", since: "date", vip: "boolean" } as const;
const shop = (overrides = {}) => aBusiness({ attributes, ...overrides });
type Shop = ReturnType<typeof shop>;
type Input = Partial<customers.UpsertInput>;

const upsert = (business: Shop, details: customers.DetailsPatch, more: Input = {}) =>
  customers.upsert(business, { details, evidence: byApi, ...more }, now);
const save = async (business: Shop, details: customers.DetailsPatch, more: Input = {}) =>
  (await upsert(business, details, more)).customer;

/** What a caller would be told. */
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => "none",
    ({ code, problems }: SapaError) => ({ code, problems }),
  );

describe("saving a customer", () => {
  test("a new customer is found by each of their identities, however it is spelt", async () => {
    const business = shop();
    const ani = await save(business, {
      email: " Ani@Example.com ",
      phone: "0812-3456-7890",
      externalId: "A1",
      name: "Ani Wijaya",
    });

    expect(ani).toMatchObject({
      email: "ani@example.com",
      phone: "+6281234567890",
      consent: "pending",
      version: 1,
    });
    for (const identity of [
      { email: "ANI@example.com" },
      { phone: "+62 812 3456 7890" },
      { externalId: "A1" },
    ]) {
      expect(await customers.findBy(business, identity)).toEqual(ani);
    }
    expect(await customers.get(business.id, ani.id)).toEqual(ani);
    expect(await customers.getMany(business.id, [ani.id, newId("cus")])).toEqual([ani]);
  });

  test("a save by any identity changes what it names and leaves the rest", async () => {
    const business = shop();
    const ani = await save(business, {
      email: "ani@example.com",
      name: "Ani",
      tags: ["regular"],
      attributes: { drink: "latte", visits: 3 },
    });

    const { customer, outcome } = await customers.upsert(
      business,
      {
        details: { email: "ANI@example.com", phone: "0812 3456 7890", attributes: { visits: 4 } },
        evidence: byApi,
      },
      later,
    );

    expect(outcome).toBe("updated");
    expect(customer).toEqual({
      ...ani,
      phone: "+6281234567890",
      attributes: { drink: "latte", visits: 4 },
      updatedAt: later,
      version: 2,
    });
  });

  test("saving the same again writes nothing", async () => {
    const business = shop();
    const details = { email: "ani@example.com", phone: "081234567890", tags: ["a"], topics: { news: false } };
    const ani = await save(business, details);

    const again = await customers.upsert(business, { details, evidence: byApi }, later);

    expect(again.outcome).toBe("unchanged");
    expect(await customers.get(business.id, ani.id)).toEqual(ani);
  });

  test("identities of two customers are refused, naming both", async () => {
    const business = shop();
    const ani = await save(business, { email: "ani@example.com" });
    const budi = await save(business, { phone: "081234567890" });

    expect(await refusal(upsert(business, { email: "ani@example.com", phone: "081234567890" }))).toEqual({
      code: "conflict",
      problems: [
        { field: "email", message: `belongs to your customer ${ani.id}` },
        { field: "phone", message: `belongs to your customer ${budi.id}` },
      ],
    });
  });

  test("of many writers at once, one creates the customer and all others find them", async () => {
    const business = shop();
    const results = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        upsert(business, { email: "ani@example.com", externalId: "A1", tags: [`${i}`] }),
      ),
    );

    expect(new Set(results.map(({ customer }) => customer.id)).size).toBe(1);
    expect(results.filter(({ outcome }) => outcome === "created")).toHaveLength(1);
    const ani = await customers.findBy(business, { externalId: "A1" });
    expect(ani?.version).toBe(8);
  });

  test("the same identity in two businesses is two customers", async () => {
    const [one, other] = [shop(), shop()];
    const here = await save(one, { email: "ani@example.com", name: "Ani" });
    const there = await save(other, { email: "ani@example.com", name: "Anita" });

    expect(here.id).not.toBe(there.id);
    expect(await customers.find(one.id, there.id)).toBeUndefined();
    expect(await customers.findBy(one, { email: "ani@example.com" })).toEqual(here);
  });

  test.each([
    [{ name: "Ani" }, "email", "is needed, or a phone or externalId"],
    [{ phone: "12" }, "phone", "must be a phone number such as +6281234567890"],
    [
      { email: "a@example.com", attributes: { shoe: 41 } },
      "attributes.shoe",
      /which has drink, visits, since, vip/,
    ],
    [{ email: "a@example.com", attributes: { toString: "x" } }, "attributes.toString", /not an attribute/],
    [{ email: "a@example.com", attributes: { visits: "3" } }, "attributes.visits", "must be a number"],
    [{ email: "a@example.com", attributes: { since: "24/11" } }, "attributes.since", /must be a day/],
    [{ email: "a@example.com", topics: { sport: true } }, "topics.sport", /which has birthday, offers, news/],
  ])("%j is refused, naming the field", async (details, field, message) => {
    expect(await refusal(upsert(shop(), details))).toEqual({
      code: "invalid",
      problems: [{ field, message: typeof message === "string" ? message : expect.stringMatching(message) }],
    });
  });

  test("a phone number without a country code is one of the business's country", async () => {
    const singapore = shop({ timeZone: "Asia/Singapore", currency: "SGD", locale: "en" });
    const berlin = shop({ timeZone: "Europe/Berlin", currency: "EUR", locale: "en" });

    expect((await save(singapore, { phone: "8123 4567" })).phone).toBe("+6581234567");
    expect((await save(berlin, { phone: "030 901820" })).phone).toBe("+4930901820");
    expect((await save(shop(), { phone: "81234567890" })).phone).toBe("+6281234567890");
  });
});

describe("changing a customer", () => {
  test("null removes, and a removed identity is free for another", async () => {
    const business = shop();
    const ani = await save(business, {
      email: "ani@example.com",
      phone: "081234567890",
      attributes: { drink: "tea" },
    });

    const changed = await customers.update(
      business,
      ani.id,
      { details: { phone: null, attributes: { drink: null } }, evidence: byApi },
      later,
    );

    expect(changed).not.toHaveProperty("phone");
    expect(changed.attributes).toEqual({});
    const budi = await save(business, { phone: "081234567890" });
    expect(budi.id).not.toBe(ani.id);
  });

  test("an identity that another customer has is refused, naming them", async () => {
    const business = shop();
    const ani = await save(business, { email: "ani@example.com" });
    const budi = await save(business, { email: "budi@example.com" });

    const change = customers.update(
      business,
      budi.id,
      { details: { email: "ani@example.com" }, evidence: byApi },
      now,
    );

    expect(await refusal(change)).toEqual({
      code: "conflict",
      problems: [{ field: "email", message: `belongs to another customer of yours, ${ani.id}` }],
    });
    expect(await customers.get(business.id, budi.id)).toEqual(budi);
  });

  test("the last identity can't be removed, and an unknown customer can't be changed", async () => {
    const business = shop();
    const ani = await save(business, { email: "ani@example.com" });
    const change = (id: typeof ani.id) =>
      refusal(customers.update(business, id, { details: { email: null }, evidence: byApi }, now));

    expect(await change(ani.id)).toMatchObject({ code: "invalid", problems: [{ field: "email" }] });
    expect(await change(newId("cus"))).toMatchObject({ code: "not-found" });
  });

  test("writers at the same time lose nothing of each other's", async () => {
    const business = shop();
    const ani = await save(business, { email: "ani@example.com" });

    await Promise.all([
      customers.update(business, ani.id, { details: { name: "Ani" }, evidence: byApi }, now),
      customers.update(business, ani.id, { details: { nickname: "An" }, evidence: byApi }, now),
      customers.unsubscribe(business.id, ani.id, byClick, now),
      customers.choose(business.id, ani.id, { topics: { news: false } }, byClick, now),
    ]);

    expect(await customers.get(business.id, ani.id)).toMatchObject({
      name: "Ani",
      nickname: "An",
      consent: "unsubscribed",
      topics: { news: false },
      version: 5,
    });
  });
});

describe("consent", () => {
  test("an unsubscribe counts at once, is told once, and is harmless to repeat", async () => {
    const business = shop();
    const ani = await save(business, { email: "ani@example.com" }, { consent: "subscribed" });

    const first = await customers.unsubscribe(business.id, ani.id, byClick, now);
    const second = await customers.unsubscribe(business.id, ani.id, byClick, later);

    expect(first).toMatchObject({ consent: "unsubscribed", version: ani.version + 1 });
    expect(second).toEqual(first);
    expect(raise.mock.calls).toEqual([
      ["customer.unsubscribed", { business: business.id, customer: ani.id }],
    ]);
    expect(await refusal(customers.unsubscribe(business.id, newId("cus"), byClick, now))).toMatchObject({
      code: "not-found",
    });
  });

  test("no save by identity turns an unsubscribed customer back on; the owner's explicit change does", async () => {
    const business = shop();
    const ani = await save(business, { email: "ani@example.com" }, { consent: "subscribed" });
    await customers.unsubscribe(business.id, ani.id, byClick, now);

    for (const consent of ["subscribed", "pending", undefined] as const) {
      expect((await save(business, { email: "ani@example.com" }, { consent })).consent).toBe("unsubscribed");
    }
    const back = await customers.update(business, ani.id, { consent: "subscribed", evidence: byApi }, later);
    expect(back.consent).toBe("subscribed");
  });

  test("a subscribed customer is not set back to pending by a save", async () => {
    const business = shop();
    await save(business, { email: "ani@example.com" }, { consent: "subscribed" });
    expect((await save(business, { email: "ani@example.com" }, { consent: "pending" })).consent).toBe(
      "subscribed",
    );
  });

  test("each change of mind leaves evidence", async () => {
    const business = shop();
    const byImport = { way: "import", file: newId("imp"), row: 7, legalBasis: "Paper form" } as const;
    const ani = await save(
      business,
      { email: "ani@example.com" },
      { consent: "subscribed", evidence: byImport },
    );
    await customers.choose(
      business.id,
      ani.id,
      { topics: { news: false }, pausedUntil: "2026-12-24" },
      byClick,
      later,
    );
    await customers.unsubscribe(business.id, ani.id, byClick, "2026-11-26T02:00:00.000Z");

    expect(await consents.history(business.id, ani.id)).toEqual([
      { at: now, consent: "subscribed", ...byImport },
      { at: later, topics: { news: false }, pausedUntil: "2026-12-24", ...byClick },
      { at: "2026-11-26T02:00:00.000Z", was: "subscribed", consent: "unsubscribed", ...byClick },
    ]);
    expect(await consents.history(shop().id, ani.id)).toEqual([]);
  });

  test("a customer chooses topics, language and a pause, and ends the pause", async () => {
    const business = shop();
    const ani = await save(business, { email: "ani@example.com", topics: { birthday: true } });
    const choose = (preferences: customers.Preferences) =>
      customers.choose(business.id, ani.id, preferences, byClick, later);

    expect(await choose({ topics: { news: false }, locale: "en", pausedUntil: "2026-12-24" })).toMatchObject({
      topics: { birthday: true, news: false },
      locale: "en",
      pausedUntil: "2026-12-24",
      version: 2,
    });
    expect((await choose({ pausedUntil: "2026-12-24" })).version).toBe(2);
    expect(await choose({ pausedUntil: null })).not.toHaveProperty("pausedUntil");
  });
});

test("an unsubscribe holds even when the event bus fails", async () => {
  const business = shop();
  const ani = await save(business, { email: "ani@example.com" });
  const silenced = vi.spyOn(console, "error").mockImplementation(() => {});
  raise.mockRejectedValueOnce(new Error("The bus is down"));

  const after = await customers.unsubscribe(business.id, ani.id, byClick, now);

  expect(after.consent).toBe("unsubscribed");
  expect(silenced).toHaveBeenCalledOnce();
  silenced.mockRestore();
});

describe("listing", () => {
  test("pages hold every customer of the business once, and nobody else's", async () => {
    const [business, other] = [shop(), shop()];
    const saved = await customers.upsertMany(
      business,
      Array.from({ length: 60 }, (_, i) => ({ details: { externalId: `${i}` }, evidence: byApi })),
      now,
    );
    await save(other, { externalId: "1" });

    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await customers.search(business, { limit: 7, cursor });
      expect(page.items.length).toBeLessThanOrEqual(7);
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.next;
    } while (cursor);

    expect(seen).toHaveLength(60);
    expect(new Set(seen)).toEqual(new Set(saved.map((one) => ("customer" in one ? one.customer.id : ""))));
  });

  test("a cursor that is not one of the list's is refused", async () => {
    for (const cursor of [
      "x",
      Buffer.from('{"shard":99}').toString("base64url"),
      Buffer.from('{"shard":1,"after":2}').toString("base64url"),
    ]) {
      expect(await refusal(customers.search(shop(), { limit: 5, cursor }))).toMatchObject({
        code: "invalid",
      });
    }
  });

  test("names are found by their beginning, without regard to case and accents", async () => {
    const business = shop();
    for (const [externalId, name] of Object.entries({
      a: "Renée  Putri",
      b: "renee",
      c: "Rena",
      d: "Budi Rene",
    })) {
      await save(business, { externalId, name });
    }
    const names = async (name: string) =>
      (await customers.search(business, { limit: 25, name })).items.map((customer) => customer.name);

    expect(await names("RENE")).toEqual(["renee", "Renée  Putri"]);
    expect(await names("renée p")).toEqual(["Renée  Putri"]);
    expect(await names("ren")).toEqual(["Rena", "renee", "Renée  Putri"]);
  });

  test("a name whose letters unfold to more than an index's key can hold is kept, and found", async () => {
    const business = shop();
    const name = "\uFDFA".repeat(120);
    const { id } = await save(business, { externalId: "long", name });
    const found = await customers.search(business, { limit: 25, name });
    expect(found.items).toMatchObject([{ id, name }]);
  });
});

describe("saving many", () => {
  test("answers for each in order: created, changed, left alone, or what is wrong", async () => {
    const business = shop();
    const ani = await save(business, { email: "ani@example.com" });
    const budi = await save(business, { phone: "081234567890", name: "Budi" });

    const results = await customers.upsertMany(
      business,
      [
        { email: "cici@example.com" },
        { phone: "12" },
        { email: "ani@example.com", name: "Ani" },
        { phone: "081234567890", name: "Budi" },
        { email: "ani@example.com", phone: "081234567890" },
        { externalId: "D", email: "cici@example.com" },
      ].map((details) => ({ details, evidence: byApi })),
      now,
    );

    expect(
      results.map((one) => ("outcome" in one ? one.outcome : one.problems.map(({ field }) => field))),
    ).toEqual(["created", ["phone"], "updated", "unchanged", ["email", "phone"], "updated"]);
    expect(await customers.get(business.id, ani.id)).toMatchObject({ name: "Ani" });
    expect(await customers.get(business.id, budi.id)).toEqual(budi);
    expect(await customers.findBy(business, { externalId: "D" })).toMatchObject({
      email: "cici@example.com",
    });
  });

  test("many at once by two writers create each customer once", async () => {
    const business = shop();
    const inputs = Array.from({ length: 40 }, (_, i) => ({
      details: { email: `c${i}@example.com` },
      evidence: byApi,
    }));

    const [one, other] = await Promise.all([
      customers.upsertMany(business, inputs, now),
      customers.upsertMany(business, inputs, now),
    ]);

    const ids = (results: typeof one) =>
      results.map((result) => ("customer" in result ? result.customer.id : result.message));
    expect(ids(one)).toEqual(ids(other));
    expect((await customers.list(business.id, { limit: 100 })).items).toHaveLength(40);
  });
});

describe("erasing", () => {
  /** By the request and by the function that it wakes. */
  const eraseAll = async ({ id }: Business, customer: CustomerId) => {
    const erasing = { business: id, customer, way: "api" as const };
    await erase(erasing, later);
    await finish(erasing, later);
  };

  test("nothing of the person is left, and no save brings mail to their address back", async () => {
    const business = shop();
    const ani = await save(
      business,
      { email: "ani@example.com", phone: "081234567890" },
      { consent: "subscribed" },
    );
    await customers.unsubscribe(business.id, ani.id, byClick, now);

    await eraseAll(business, ani.id);
    await eraseAll(business, ani.id);

    expect(await customers.find(business.id, ani.id)).toBeUndefined();
    expect(await customers.findBy(business, { phone: "081234567890" })).toBeUndefined();
    const evidence = await consents.history(business.id, ani.id);
    expect(evidence).toHaveLength(2);
    expect(JSON.stringify(evidence)).not.toContain("203.0.113.9");

    const back = await save(business, { email: "ANI@example.com" }, { consent: "subscribed" });
    expect(back.id).not.toBe(ani.id);
    expect(back.suppressed).toBe("erasure");
    expect(await suppressions.isSuppressed(business.id, "ani@example.com")).toBe(true);
  });

  test("their orders lose them", async () => {
    const business = shop();
    const order = orders.NewOrder.parse({
      id: "INV-1",
      placedAt: now,
      total: 25_000_00,
      customer: { email: "ani@example.com" },
    });
    await orders.add(business, { order, evidence: byApi }, now);
    const ani = await customers.findBy(business, { email: "ani@example.com" });
    if (!ani) throw new Error("The order created no customer");

    await eraseAll(business, ani.id);

    const left = await orders.get(business.id, "INV-1");
    expect(left.total).toBe(25_000_00);
    expect(JSON.stringify(left)).not.toContain(ani.id);
  });
});
