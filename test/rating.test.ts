import { beforeEach, expect, test, vi } from "vitest";
import type { Business } from "../core/businesses.ts";
import * as customers from "../core/customers.ts";
import { RunId } from "../core/ids.ts";
import * as responses from "../core/responses.ts";
import { useBus } from "./support/bus.ts";
import { useDatabase } from "./support/database.ts";
import { useKeys } from "./support/keys.ts";
import { form, pathFor, secret, textOf, visit } from "./support/links.ts";
import { aBusiness, saveBusiness } from "./support/shop.ts";

useDatabase();
const bus = useBus();
useKeys(secret);

const now = "2026-11-24T02:00:00.000Z";
const run = RunId.parse("run_6789bcdfghjkmnpq_tiowk0");
let shop: Business;
let ani: customers.Customer;
let path: string;

beforeEach(async () => {
  vi.useFakeTimers({ now: new Date(now), toFake: ["Date"] });
  shop = await saveBusiness(aBusiness());
  const details = { email: "ani.lestari@gmail.com", name: "Ani" };
  const saved = await customers.upsert(
    shop,
    { details, consent: "subscribed", evidence: { way: "api" } },
    now,
  );
  ani = saved.customer;
  path = pathFor("rating", ani, run);
  bus.events.length = 0;
});

const said = () =>
  responses.find(shop.id, responses.responseIdOf({ business: shop.id, customer: ani.id, run }, "rating"));
const rate = (stars: string, words = "") =>
  visit(
    path,
    form([
      ["stars", stars],
      ["words", words],
    ]),
  );

test("opening the link asks for stars and keeps nothing, however often scanners do it", async () => {
  for (const method of ["GET", "HEAD", "GET"]) {
    expect((await visit(path, { method })).statusCode).toBe(200);
  }
  const page = await visit(path);

  expect(textOf(page)).toContain("Bagaimana menurut Anda?");
  expect(textOf(page)).toContain("3 dari 5 bintang");
  expect(page.body?.match(/type="radio"/g)).toHaveLength(5);
  expect(textOf(await visit(path, { lang: "en" }))).toContain("How did we do?");
  expect(await said()).toBeUndefined();
  expect(bus.events).toEqual([]);
});

test("stars and words are kept with customer and run, and the page thanks for them", async () => {
  const page = await rate("5", "Kopinya enak,\r\nkembali lagi!");

  expect(page.statusCode).toBe(200);
  expect(textOf(page)).toContain("Terima kasih!");
  expect(page.body).toContain('aria-label="5 dari 5 bintang"');
  expect(await said()).toMatchObject({
    kind: "rating",
    customer: ani.id,
    run,
    stars: 5,
    words: "Kopinya enak,\nkembali lagi!",
    state: "open",
    at: now,
  });
  expect(bus.events.map(({ type }) => type)).toEqual(["customer.responded"]);
});

test("rating again changes what was said, which the form shows as it is", async () => {
  await rate("2", 'Dingin & lama <script>alert("x")</script>');
  const page = await visit(path);
  expect(page.body).toMatch(/value="2" required checked/);
  expect(page.body).toContain("Dingin &amp; lama &lt;script&gt;");
  expect(page.body).not.toContain("<script");

  await rate("4");

  expect(await said()).toMatchObject({ stars: 4, version: 2 });
  expect(await said()).not.toHaveProperty("words");
});

test("a customer who is disappointed is told that it will be read", async () => {
  expect(textOf(await rate("1"))).toContain("Maaf kami belum memuaskan");
  expect(textOf(await rate("3"))).not.toContain("Maaf");
});

test("a customer who unsubscribed is heard as well, and stays unsubscribed", async () => {
  await customers.unsubscribe(shop.id, ani.id, { way: "link" }, now);

  expect(textOf(await rate("3"))).toContain("Terima kasih!");
  expect(await said()).toMatchObject({ stars: 3 });
  expect(await customers.get(shop.id, ani.id)).toMatchObject({ consent: "unsubscribed", version: 2 });
});

test.each(["", "0", "6", "3.5", "five"])(
  "stars %o are none: the form comes again, with what was typed",
  async (stars) => {
    const page = await rate(stars, "Enak");

    expect(page.statusCode).toBe(400);
    expect(page.body).toContain('role="alert"');
    expect(page.body).toContain(">Enak</textarea>");
    expect(await said()).toBeUndefined();
  },
);

test("words without an end are cut, and what can't be printed is left out", async () => {
  await rate("3", `\u0000${"é".repeat(2000)}`);

  expect(await said()).toMatchObject({ words: "é".repeat(1000) });
});

test("no other kind of link rates", async () => {
  const wrong = pathFor("unsubscribe", ani, run).replace("/u/", "/r/");

  expect((await visit(wrong, form([["stars", "1"]]))).statusCode).toBe(404);
  expect(await said()).toBeUndefined();
});
