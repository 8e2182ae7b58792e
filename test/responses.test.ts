import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { expect, test } from "vitest";
import { toItem } from "../core/customers.ts";
import { newId } from "../core/ids.ts";
import { find, responseIdOf } from "../core/responses/record.ts";
import * as responses from "../core/responses.ts";
import * as books from "../core/runs/books.ts";
import * as outcomes from "../core/runs/outcomes.ts";
import { documents, tableName } from "../core/store.ts";
import { useBus } from "./support/bus.ts";
import { aCustomer } from "./support/customer.ts";
import { useDatabase } from "./support/database.ts";

useDatabase();
const bus = useBus();

const now = "2026-11-24T02:00:00.000Z";
const later = "2026-11-25T02:00:00.000Z";
async function someone() {
  const customer = aCustomer({ id: newId("cus"), business: newId("biz") });
  await documents.send(new PutCommand({ TableName: tableName("customers"), Item: toItem(customer) }));
  return { business: customer.business, customer: customer.id, run: newId("run") };
}

test("of someone who was erased while they had the page open nothing is kept", async () => {
  const gone = { business: newId("biz"), customer: newId("cus"), run: newId("run") };
  await expect(responses.rate(gone, { stars: 1, words: "Antre lama" }, now)).rejects.toMatchObject({
    code: "not-found",
  });
  expect(await find(gone.business, responseIdOf(gone, "rating"))).toBeUndefined();
});

test("a customer who leaves and says why is kept once, and changes it by saying it again", async () => {
  const ani = await someone();
  await responses.left(ani, {}, now);
  await responses.leave(ani, { reason: "too-many", words: "Tiap hari!" }, now);
  await responses.leave(ani, { reason: "too-many", words: "Tiap hari!" }, later);

  const kept = await find(ani.business, responseIdOf(ani, "leaving"));
  expect(kept).toMatchObject({
    kind: "leaving",
    at: now,
    reason: "too-many",
    words: "Tiap hari!",
    state: "open",
  });
  // Leaving once more, as by a second click on the button, does not lose what was said.
  await responses.left(ani, {}, later);
  expect(await find(ani.business, responseIdOf(ani, "leaving"))).toEqual(kept);

  await responses.leave(ani, { reason: "not-interesting" }, later);
  const changed = await find(ani.business, responseIdOf(ani, "leaving"));
  expect(changed).toMatchObject({ at: later, reason: "not-interesting" });
  expect(changed).not.toHaveProperty("words");
});

test("a customer who takes it back has not left", async () => {
  const ani = await someone();
  await responses.leave(ani, { topic: "news", reason: "other" }, now);

  await responses.stay(ani);
  await responses.stay(ani);

  expect(await find(ani.business, responseIdOf(ani, "leaving"))).toBeUndefined();
});

test("what a customer says is told without their words", async () => {
  const ani = await someone();
  await responses.rate(ani, { stars: 2, words: "Kopinya dingin" }, now);
  await responses.rate(ani, { stars: 2, words: "Kopinya dingin" }, later);

  expect(bus.events).toEqual([
    {
      bus: "sapa-test",
      type: "customer.responded",
      detail: { ...ani, response: responseIdOf(ani, "rating"), kind: "rating", stars: 2 },
    },
  ]);
});

test("who leaves counts once for the run whose mail they left by, with the reason they gave last", async () => {
  const ani = await someone();
  const outcomesOf = async () => {
    const { unsubscribed, left, ratings } = outcomes.sum(await books.talliesOf(ani.business, ani.run));
    return { unsubscribed, left, ratings };
  };
  await responses.left(ani, {}, now);
  await responses.left(ani, {}, now);
  await responses.leave(ani, { reason: "too-many" }, now);
  await responses.leave(ani, { reason: "other", words: "Pindah kota" }, later);
  await responses.rate(ani, { stars: 3 }, now);
  await responses.rate(ani, { stars: 5 }, later);

  expect(await outcomesOf()).toEqual({ unsubscribed: 1, left: { other: 1 }, ratings: { 5: 1 } });

  await responses.stay(ani);
  await responses.stay(ani);

  expect(await outcomesOf()).toEqual({ unsubscribed: 0, left: {}, ratings: { 5: 1 } });
});

test("two posts of the same form at once are one response", async () => {
  const ani = await someone();
  await Promise.all([1, 2, 3].map(() => responses.rate(ani, { stars: 4 }, now)));

  expect(await find(ani.business, responseIdOf(ani, "rating"))).toMatchObject({ stars: 4, version: 1 });
  expect(bus.events).toHaveLength(1);
});
