import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { beforeAll, describe, expect, test } from "vitest";
import type { Business } from "../../core/businesses.ts";
import type { Customer } from "../../core/customers.ts";
import * as customers from "../../core/customers.ts";
import { type CustomerId, newId, shardsOf } from "../../core/ids.ts";
import { candidates, candidatesOfShard, type Place } from "../../core/segments/candidates.ts";
import { count, preview, previewOf } from "../../core/segments/preview.ts";
import * as segments from "../../core/segments.ts";
import { documents, tableName } from "../../core/store.ts";
import { addDays } from "../../core/time.ts";
import { useDatabase } from "../support/database.ts";
import { aBusiness } from "../support/shop.ts";

useDatabase();

const now = "2026-11-24T05:00:00.000Z";

/** Customer number n was born n days after January 1 and last ordered n days ago; each third never did. */
function customer(business: Business, n: number): Customer {
  const lastOrderAt = `${addDays("2026-11-24", -n)}T05:00:00.000Z`;
  const ordered = n % 3 > 0;
  return {
    id: `cus_${String(n).padStart(4, "0")}`,
    business: business.id,
    name: `Customer ${n}`,
    birthday: addDays("2024-01-01", n % 366).slice(5),
    tags: n % 2 ? ["odd"] : [],
    attributes: {},
    topics: {},
    consent: "subscribed",
    statistics: {
      orders: ordered ? 1 : 0,
      spent: 0,
      ...(ordered && { firstOrderAt: lastOrderAt, lastOrderAt }),
      categories: {},
      items: {},
    },
    engagement: {},
    recentSends: [],
    wonBack: {},
    greeted: {},
    createdAt: now,
    updatedAt: now,
    version: 1,
  };
}

async function save(business: Business, numbers: readonly number[]): Promise<Customer[]> {
  const made = numbers.map((n) => customer(business, n));
  for (let start = 0; start < made.length; start += 50) {
    await Promise.all(
      made
        .slice(start, start + 50)
        .map((one) =>
          documents.send(new PutCommand({ TableName: tableName("customers"), Item: customers.toItem(one) })),
        ),
    );
  }
  return made;
}

const upTo = (most: number) => Array.from({ length: most }, (_, n) => n);
/** Around the turn of the year, the end of February, and June 15. */
const everybody = [...upTo(70), 166, ...upTo(12).map((n) => n + 360)];
const numbersOf = (found: readonly { id: CustomerId }[]) =>
  found.map(({ id }) => Number(id.slice(4))).sort((a, b) => a - b);

describe("the customers that an access path leads to", () => {
  const shop = aBusiness();
  const neighbour = aBusiness();
  let saved: Customer[];
  beforeAll(async () => {
    saved = await save(shop, everybody);
    await save(neighbour, [1, 2, 3]);
  });

  async function numbers(path: segments.AccessPath, limit?: number): Promise<number[]> {
    const found: Customer[] = [];
    for await (const page of candidates(shop.id, path, limit)) found.push(...page);
    return numbersOf(found);
  }

  test.each([1, 7, 500])(
    "everybody is read once, %i at a time, and nobody of another business",
    async (limit) => {
      expect(await numbers({ by: "all" }, limit)).toEqual(everybody);
    },
  );

  test("a record comes back as it was saved", async () => {
    for await (const page of candidates(shop.id, { by: "birthday", days: ["01-06"] })) {
      for (const found of page) expect(saved).toContainEqual(found);
    }
  });

  test.each([1, 3, 500])(
    "birthdays over the end of the year and of February, %i at a time",
    async (limit) => {
      const days = ["12-31", "01-01", "01-02", "02-28", "02-29", "03-01", "06-15"];
      const born = everybody.filter((n) => days.includes(customer(shop, n).birthday ?? ""));
      expect(await numbers({ by: "birthday", days }, limit)).toEqual(born);
      expect(born.length).toBeGreaterThan(7);
    },
  );

  test("many birthdays in one shard are all read before those of the next days", async () => {
    const january = upTo(31).map((n) => addDays("2024-01-01", n).slice(5));
    const born = everybody.filter((n) => n < 31 || n > 364);
    expect(await numbers({ by: "birthday", days: [...january, "12-31"] }, 1)).toEqual(born);
  });

  test("in a common year March 1 and February 28 do not bring February 29 along unasked", async () => {
    expect(await numbers({ by: "birthday", days: ["02-28", "03-01"] })).toEqual([58, 60]);
  });

  test.each([1, 500])("last orders from an instant on and before another, %i at a time", async (limit) => {
    const from = customer(shop, 20).statistics.lastOrderAt ?? "";
    const to = customer(shop, 10).statistics.lastOrderAt ?? "";
    const ordered = (n: number) => n % 3 > 0;
    expect(await numbers({ by: "lastOrder", from, to }, limit)).toEqual(
      upTo(21).filter((n) => n > 10 && ordered(n)),
    );
    expect(await numbers({ by: "lastOrder", from }, limit)).toEqual(upTo(21).filter(ordered));
    expect(await numbers({ by: "lastOrder", to }, limit)).toEqual(
      everybody.filter((n) => n > 10 && ordered(n)),
    );
  });

  test("paths that lead to nobody are not even asked of the database", async () => {
    expect(await numbers({ by: "birthday", days: [] })).toEqual([]);
    expect(await numbers({ by: "lastOrder", from: now, to: now })).toEqual([]);
  });

  test("a place holds no partition, so that it cannot lead into another's shard", async () => {
    const [shard = ""] = shardsOf(shop.id);
    const { next } = await candidatesOfShard({ shard, path: { by: "all" }, limit: 1 });
    const stolen: Place = { ...next, shard: shardsOf(neighbour.id)[0] ?? "" };
    const { customers: found } = await candidatesOfShard({
      shard,
      path: { by: "all" },
      start: stolen,
      limit: 100,
    });
    expect(found.every(({ business }) => business === shop.id)).toBe(true);
  });

  test("a preview counts, gives a few and says how it looked", async () => {
    const definition = { all: [{ tag: "odd" }, { lastOrder: { withinDays: 8 } }] };
    expect(await preview({ business: shop, now }, definition)).toMatchObject({
      count: 3,
      accessPath: { by: "lastOrder", from: "2026-11-16T17:00:00.000Z" },
      read: 5,
      complete: true,
      description: { en: "Customers who are tagged “odd” and have ordered in the last 8 days" },
    });
    const everyone = await preview({ business: shop, now }, { consent: "subscribed" });
    expect(everyone).toMatchObject({
      count: everybody.length,
      read: everybody.length,
      complete: true,
      accessPath: { by: "all" },
    });
    expect(everyone.sample).toHaveLength(10);
    expect(everyone.sample?.[0]).toEqual({
      id: expect.stringMatching(/^cus_/),
      name: expect.stringMatching(/^Customer/),
    });
  });

  test("a preview of too many customers says that it is not complete", async () => {
    const some = await count({ business: shop, now }, { consent: "subscribed" }, 50);
    expect(some.complete).toBe(false);
    expect(some.read).toBeLessThanOrEqual(50);
    expect(some.read).toBeGreaterThan(30);
    expect(some.count).toBe(some.read);
  });

  test("a preview of what the business has not declared names the field", async () => {
    await expect(
      preview({ business: shop, now }, { attribute: "shoe_size", above: 40 }),
    ).rejects.toMatchObject({
      code: "invalid",
      problems: [{ field: "definition.attribute" }],
    });
  });
});

describe("segments are kept", () => {
  const details = { name: "Regulars", definition: { orders: { atLeast: 3 } } };

  test("created, read, replaced and deleted", async () => {
    const shop = aBusiness();
    const made = await segments.create(shop, details, now);
    expect(await segments.get(shop.id, made.id)).toEqual({
      ...details,
      id: made.id,
      business: shop.id,
      createdAt: now,
      updatedAt: now,
      version: 1,
    });

    const later = "2026-11-25T05:00:00.000Z";
    const replaced = await segments.replace(
      shop,
      { id: made.id, name: "VIPs", definition: { tag: "vip" } },
      later,
    );
    expect(replaced).toEqual({
      ...made,
      name: "VIPs",
      definition: { tag: "vip" },
      updatedAt: later,
      version: 2,
    });
    expect(await segments.get(shop.id, made.id)).toEqual(replaced);
    expect((await previewOf({ business: shop, now }, made.id)).count).toBe(0);

    await segments.remove(shop.id, made.id);
    await segments.remove(shop.id, made.id);
    await expect(segments.get(shop.id, made.id)).rejects.toMatchObject({ code: "not-found" });
  });

  test("one that does not exist is not made by replacing it", async () => {
    const shop = aBusiness();
    await expect(segments.replace(shop, { ...details, id: newId("seg") }, now)).rejects.toMatchObject({
      code: "not-found",
    });
    expect(await segments.list(shop.id)).toEqual({ items: [] });
  });

  test("another business neither reads, replaces nor deletes it", async () => {
    const shop = aBusiness();
    const other = aBusiness();
    const { id } = await segments.create(shop, details, now);
    await expect(segments.get(other.id, id)).rejects.toMatchObject({ code: "not-found" });
    await expect(segments.replace(other, { ...details, id }, now)).rejects.toMatchObject({
      code: "not-found",
    });
    await segments.remove(other.id, id);
    expect(await segments.get(shop.id, id)).toMatchObject({ name: "Regulars", version: 1 });
  });

  test("they are listed a page at a time, each once", async () => {
    const shop = aBusiness();
    const made = await Promise.all(
      upTo(5).map((n) => segments.create(shop, { ...details, name: `S${n}` }, now)),
    );
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await segments.list(shop.id, { limit: 2, cursor });
      found.push(...page.items.map(({ id }) => id));
      cursor = page.next;
    } while (cursor);
    expect(found).toEqual(made.map(({ id }) => id).sort());
  });

  test("a definition that the business has not declared is not saved", async () => {
    const shop = aBusiness();
    const wrong = { name: "Big feet", definition: { attribute: "shoe_size", above: 40 } };
    await expect(segments.create(shop, wrong, now)).rejects.toMatchObject({ code: "invalid" });
    expect(await segments.list(shop.id)).toEqual({ items: [] });
  });

  test("one that a campaign uses stays until the campaign is archived", async () => {
    const shop = aBusiness();
    const { id } = await segments.create(shop, details, now);
    const campaign = { business: shop.id, id: newId("cam"), name: "Ulang tahun", segment: id };
    const put = (state: string) =>
      documents.send(new PutCommand({ TableName: tableName("campaigns"), Item: { ...campaign, state } }));
    await put("draft");
    await expect(segments.remove(shop.id, id)).rejects.toMatchObject({
      code: "conflict",
      message: 'The segment is used by "Ulang tahun": archive or change that first',
    });
    await put("archived");
    await segments.remove(shop.id, id);
    expect(await segments.find(shop.id, id)).toBeUndefined();
  });
});
