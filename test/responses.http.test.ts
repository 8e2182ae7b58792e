import { beforeEach, describe, expect, test } from "vitest";
import type { Business } from "../core/businesses.ts";
import { removeRecord } from "../core/customers/erase.ts";
import * as customers from "../core/customers.ts";
import { newId, type ResponseId } from "../core/ids.ts";
import { claimLetter } from "../core/responses/see-to.ts";
import * as responses from "../core/responses.ts";
import * as suppressions from "../core/suppressions.ts";
import { routes } from "../functions/http/responses.ts";
import { apiOf, keyOf } from "./http/api.ts";
import { useBus } from "./support/bus.ts";
import { useDatabase } from "./support/database.ts";
import { aBusiness, saveBusiness } from "./support/shop.ts";

useDatabase();
const bus = useBus();
const { call } = apiOf(routes);

let shop: Business;
let key: string;
beforeEach(async () => {
  shop = await saveBusiness(aBusiness());
  key = await keyOf(shop);
});

const day = (date: string) => `2026-11-${date}T03:00:00.000Z`;
const someone = async (email?: string) =>
  (
    await customers.upsert(
      shop,
      { details: { externalId: newId("cus"), ...(email && { email }) }, evidence: { way: "api" } },
      day("01"),
    )
  ).customer;

/** Somebody rates, and the id of what they said. */
async function rating(stars: number, at = day("20"), email = "ani@example.com"): Promise<ResponseId> {
  const { id: customer } = await customers.findBy(shop, { email }).then((known) => known ?? someone(email));
  const of = { business: shop.id, customer, run: newId("run") };
  await responses.rate(of, { stars, words: "Kopinya dingin" }, at);
  return responses.responseIdOf(of, "rating");
}
async function leaving(reason: responses.LeaveReason | undefined, at: string, topic?: string) {
  const of = { business: shop.id, customer: (await someone()).id, run: newId("run") };
  if (reason) await responses.leave(of, { reason, ...(topic && { topic }) }, at);
  else await responses.left(of, topic ? { topic } : {}, at);
  return responses.responseIdOf(of, "leaving");
}

describe("the list", () => {
  test("is newest first, page by page, and no other business's", async () => {
    const [first, second, third] = [
      await rating(5, day("20")),
      await rating(4, day("21")),
      await leaving("too-many", day("22")),
    ];
    const one = await call("GET /v1/responses?limit=2", { key });
    expect(one.body.items.map(({ id }: { id: string }) => id)).toEqual([third, second]);
    const two = await call(`GET /v1/responses?limit=2&cursor=${one.body.next}`, { key });
    expect(two.body).toMatchObject({ items: [{ id: first, kind: "rating", stars: 5 }] });
    expect(two.body).not.toHaveProperty("next");

    const other = await keyOf(await saveBusiness(aBusiness()));
    expect((await call("GET /v1/responses", { key: other })).body).toEqual({ items: [] });
    expect((await call(`GET /v1/responses?cursor=${one.body.next}`, { key: other })).body.items).toEqual([]);
    expect((await call(`GET /v1/responses/${first}`, { key: other })).status).toBe(404);
  });

  test("can be told to hold one kind, one state, or complaints only", async () => {
    const bad = await rating(1, day("20"));
    const good = await rating(5, day("21"));
    const gone = await leaving("other", day("22"));
    const ids = async (query: string) =>
      (await call(`GET /v1/responses?${query}`, { key })).body.items.map(({ id }: { id: string }) => id);

    expect(await ids("kind=leaving")).toEqual([gone]);
    expect(await ids("complaint=true")).toEqual([bad]);
    expect(await ids("kind=rating&complaint=false")).toEqual([good]);
    await call(`POST /v1/responses/${good}/close`, { key });
    expect(await ids("state=closed")).toEqual([good]);
    expect((await call("GET /v1/responses?complaint=maybe", { key })).body.errors).toMatchObject([
      { field: "complaint" },
    ]);
  });
});

describe("seeing to a response", () => {
  test("a complaint is one until it is closed, and again when the customer says something new", async () => {
    const id = await rating(2);
    expect((await call(`GET /v1/responses/${id}`, { key })).body).toMatchObject({
      complaint: true,
      state: "open",
      words: "Kopinya dingin",
    });

    for (let times = 0; times < 2; times++) {
      const closed = await call(`POST /v1/responses/${id}/close`, { key });
      expect(closed.body).toMatchObject({ complaint: false, state: "closed" });
    }
    const { customer, run } = await responses.get(shop.id, id);
    await responses.rate({ business: shop.id, customer, run }, { stars: 1 }, day("23"));
    expect((await call(`GET /v1/responses/${id}`, { key })).body).toMatchObject({
      complaint: true,
      state: "open",
    });
  });

  test("an answer is kept, and its mail is asked for once, however often the request is repeated", async () => {
    const id = await rating(2);
    bus.events.length = 0;
    const request = {
      key,
      body: { text: " Maaf, Bu Ani. " },
      headers: { "idempotency-key": "answer-1" },
      now: day("24"),
    };
    const answered = await call(`POST /v1/responses/${id}/answer`, request);
    expect(answered).toMatchObject({ status: 202, body: { id, state: "answered" } });
    await claimLetter({ business: shop.id, id, index: 0 }, day("24"));
    expect((await call(`POST /v1/responses/${id}/answer`, request)).body).toEqual(answered.body);

    expect((await call(`GET /v1/responses/${id}`, { key })).body).toMatchObject({
      complaint: true,
      answers: [{ at: day("24"), text: "Maaf, Bu Ani.", letterAt: day("24") }],
    });
    expect(bus.events).toEqual([
      {
        bus: "sapa-test",
        type: "response.answered",
        detail: { business: shop.id, response: id, answer: 0 },
      },
    ]);
  });

  test("an answer whose end was not heard can be given again; once its mail has gone, it is another", async () => {
    const id = await rating(2);
    const say = () => call(`POST /v1/responses/${id}/answer`, { key, body: { text: "Maaf" } });
    bus.failing(5);
    expect((await say()).status).toBe(500);

    await say();
    expect((await responses.get(shop.id, id)).answers).toHaveLength(1);
    expect(await claimLetter({ business: shop.id, id, index: 0 }, day("24"))).toBe(true);
    expect(await claimLetter({ business: shop.id, id, index: 0 }, day("24"))).toBe(false);
    await say();
    expect((await responses.get(shop.id, id)).answers).toHaveLength(2);
  });

  test("who unsubscribed can be answered; who can't be written to can't, and the answer says why", async () => {
    const id = await rating(2, day("20"), "ani@example.com");
    const { customer } = await responses.get(shop.id, id);
    await customers.unsubscribe(shop.id, customer, { way: "link" }, day("21"));
    const say = (response: ResponseId) =>
      call(`POST /v1/responses/${response}/answer`, { key, body: { text: "Maaf" } });
    expect((await say(id)).status).toBe(202);

    await suppressions.suppress(shop.id, "ani@example.com", "bounce", day("21"));
    expect(await say(id)).toMatchObject({
      status: 409,
      body: { detail: "The customer can't be answered: their address is suppressed (bounce)" },
    });
    const unknown = await leaving("other", day("20"));
    const { customer: gone } = await responses.get(shop.id, unknown);
    await removeRecord({ business: shop.id, customer: gone, way: "api" }, day("20"));
    expect((await say(unknown)).body.detail).toContain("they have been erased");
    const { id: nameless } = await someone();
    const of = { business: shop.id, customer: nameless };
    await responses.rate(of, { stars: 3 }, day("20"));
    expect((await say(responses.responseIdOf(of, "rating"))).body.detail).toContain("no email address");
    expect((await responses.get(shop.id, id)).answers).toHaveLength(1);
  });

  test("answering and closing need a scope of their own", async () => {
    const id = await rating(2);
    const reader = await keyOf(shop, ["responses:read"]);

    expect((await call(`GET /v1/responses/${id}`, { key: reader })).status).toBe(200);
    expect((await call(`POST /v1/responses/${id}/close`, { key: reader })).status).toBe(403);
    expect((await call("GET /v1/responses", { key: await keyOf(shop, ["customers:read"]) })).status).toBe(
      403,
    );
  });
});

describe("the summary", () => {
  test("tells stars, complaints and reasons of some days of the business, both ends included", async () => {
    await rating(5, "2026-11-19T17:00:00.000Z"); // midnight in Jakarta: the 20th
    await rating(2, day("20"));
    await rating(2, day("21"));
    await rating(1, "2026-11-21T17:00:00.000Z"); // the 22nd
    await leaving("too-many", day("20"), "news");
    await leaving("too-many", day("21"));
    await leaving(undefined, day("21"));

    expect((await call("GET /v1/responses/summary?from=2026-11-20&to=2026-11-21", { key })).body).toEqual({
      from: "2026-11-20",
      to: "2026-11-21",
      ratings: { count: 3, average: 3, stars: { 2: 2, 5: 1 } },
      complaints: 2,
      leavings: { count: 3, reasons: { "too-many": 2 }, topics: { news: 1 } },
      complete: true,
    });
  });

  test("is of the last 30 days, and of at most 366", async () => {
    expect((await call("GET /v1/responses/summary", { key })).body).toMatchObject({
      from: "2026-10-26",
      to: "2026-11-24",
      ratings: { count: 0 },
    });
    const wrong = (query: string) => call(`GET /v1/responses/summary?${query}`, { key });
    expect((await wrong("from=2025-11-01&to=2026-11-24")).body.errors).toMatchObject([{ field: "from" }]);
    expect((await wrong("from=2026-11-25")).body.errors).toMatchObject([{ field: "to" }]);
    expect((await wrong("from=yesterday")).body.errors).toMatchObject([{ field: "from" }]);
  });
});
