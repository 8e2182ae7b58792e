import { TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import * as customers from "../core/customers.ts";
import { documents } from "../core/store.ts";
import { suppressForAll } from "../core/suppressions/for-all.ts";
import * as suppressions from "../core/suppressions.ts";
import { useDatabase } from "./support/database.ts";
import { aBusiness, saveBusiness } from "./support/shop.ts";

vi.mock("../core/events.ts", () => ({ raise: async () => {} }));
useDatabase();

const now = "2026-11-24T02:00:00.000Z";
const evidence = { way: "api" } as const;
const save = async (business: ReturnType<typeof aBusiness>, details: customers.DetailsPatch) =>
  (await customers.upsert(business, { details, evidence }, now)).customer;

test("a bounce marks the customer and raises their version once, however often it is reported", async () => {
  const business = aBusiness();
  const ani = await save(business, { email: "ani@example.com" });

  await suppressions.suppress(business.id, "Ani@Example.com", "bounce", now);
  await suppressions.suppress(business.id, "ani@example.com", "complaint", now);

  expect(await customers.get(business.id, ani.id)).toMatchObject({ suppressed: "bounce", version: 2 });
  expect(await suppressions.reasonFor(business.id, "ani@example.com")).toBe("bounce");
});

test("an address is suppressed before anyone has it, and only in its business", async () => {
  const [business, other] = [aBusiness(), aBusiness()];
  await suppressions.suppress(business.id, "ani@example.com", "complaint", now);

  expect((await save(business, { email: "ani@example.com" })).suppressed).toBe("complaint");
  expect(await save(other, { email: "ani@example.com" })).not.toHaveProperty("suppressed");
  const [many] = await customers.upsertMany(
    business,
    [{ details: { externalId: "1", email: "ani@example.com" }, evidence }],
    now,
  );
  expect(many).toMatchObject({ customer: { suppressed: "complaint" } });
});

test("a customer who moves to a suppressed address is marked, and unmarked when moving on", async () => {
  const business = aBusiness();
  const ani = await save(business, { email: "ani@example.com" });
  await suppressions.suppress(business.id, "old@example.com", "bounce", now);
  const move = (email: string) => customers.update(business, ani.id, { details: { email }, evidence }, now);

  expect((await move("old@example.com")).suppressed).toBe("bounce");
  expect(await move("new@example.com")).not.toHaveProperty("suppressed");
});

test("no race lets a suppressed address in unmarked", async () => {
  const business = aBusiness();
  for (let round = 0; round < 20; round++) {
    const email = `ani${round}@example.com`;
    await Promise.all([
      save(business, { email }),
      suppressions.suppress(business.id, email, "bounce", now),
      customers.upsertMany(business, [{ details: { email, name: "Ani" }, evidence }], now),
    ]);
    expect(await customers.findBy(business, { email })).toMatchObject({ suppressed: "bounce" });
  }
});

test("a customer who takes an address at the moment it is suppressed is marked all the same", async () => {
  const business = aBusiness();
  const send = documents.send.bind(documents) as (command: unknown) => Promise<unknown>;
  let interrupted = false;
  const spy = vi.spyOn(documents, "send").mockImplementation(async (command: unknown) => {
    if (command instanceof TransactWriteCommand && !interrupted) {
      interrupted = true;
      await save(business, { email: "ani@example.com" });
    }
    return send(command);
  });

  await suppressions.suppress(business.id, "ani@example.com", "bounce", now);
  spy.mockRestore();

  expect(await customers.findBy(business, { email: "ani@example.com" })).toMatchObject({
    suppressed: "bounce",
    version: 2,
  });
});

test("only a hash of the address is stored, which differs from business to business", () => {
  const [one, other] = [aBusiness().id, aBusiness().id];
  const key = suppressions.suppressionKey(one, "Ani@example.com");

  expect(key).toMatch(new RegExp(`^${one}#[0-9a-f]{64}$`));
  expect(key).toBe(suppressions.suppressionKey(one, "ani@example.com"));
  expect(key.split("#")[1]).not.toBe(suppressions.suppressionKey(other, "ani@example.com").split("#")[1]);
});

describe("where the operator has businesses share addresses that do not exist", () => {
  beforeEach(() => {
    process.env.SHARED_SUPPRESSIONS = "yes";
  });
  afterEach(() => {
    process.env.SHARED_SUPPRESSIONS = "no";
  });
  let number = 0;
  const anAddress = () => `ani-${++number}@example.com`;

  test("no business takes the address unmarked any more, one by one or many at once", async () => {
    const [email, shop] = [anAddress(), await saveBusiness(aBusiness())];
    await suppressForAll(email.toUpperCase(), now);

    expect((await save(shop, { email })).suppressed).toBe("bounce");
    const other = await saveBusiness(aBusiness());
    const [many] = await customers.upsertMany(
      other,
      [{ details: { externalId: "1", email }, evidence }],
      now,
    );
    expect(many).toMatchObject({ customer: { suppressed: "bounce" } });
  });

  test("those who had it before are marked in every business, however many there are", async () => {
    const email = anAddress();
    const shops = await Promise.all(Array.from({ length: 120 }, () => saveBusiness(aBusiness())));
    const having = [shops[0], shops[60], shops[119]].flatMap((shop) => (shop ? [shop] : []));
    for (const shop of having) await save(shop, { email });
    await suppressForAll(email, now);
    for (const shop of having) {
      expect(await customers.findBy(shop, { email })).toMatchObject({ suppressed: "bounce", version: 2 });
    }
    await suppressForAll(email, now);
    expect(await customers.findBy(having[0] ?? aBusiness(), { email })).toMatchObject({ version: 2 });
  });

  test("a customer who takes the address at the moment it is suppressed for all is marked all the same", async () => {
    const [email, shop] = [anAddress(), await saveBusiness(aBusiness())];
    const send = documents.send.bind(documents) as (command: unknown) => Promise<unknown>;
    let interrupted = false;
    const spy = vi.spyOn(documents, "send").mockImplementation(async (command: unknown) => {
      if (command instanceof TransactWriteCommand && !interrupted) {
        interrupted = true;
        await suppressForAll(email, now);
      }
      return send(command);
    });

    const ani = await save(shop, { email });
    spy.mockRestore();

    expect(ani).toMatchObject({ suppressed: "bounce" });
  });
});

test("businesses share nothing unless the operator says so", async () => {
  const [email, shop] = ["alone@example.com", await saveBusiness(aBusiness())];
  await suppressForAll(email, now);
  expect(await save(shop, { email })).not.toHaveProperty("suppressed");
});
