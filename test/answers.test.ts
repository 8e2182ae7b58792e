import { DeleteCommand } from "@aws-sdk/lib-dynamodb";
import type { Context } from "aws-lambda";
import { beforeEach, expect, test, vi } from "vitest";
import type { Business } from "../core/businesses.ts";
import { erase } from "../core/customers/erase.ts";
import { restrict } from "../core/customers/restrict.ts";
import * as customers from "../core/customers.ts";
import { type ResponseId, RunId } from "../core/ids.ts";
import * as responses from "../core/responses.ts";
import { documents, tableName } from "../core/store.ts";
import { handler } from "../functions/send-letters.ts";
import { useBus } from "./support/bus.ts";
import { useDatabase } from "./support/database.ts";
import { useKeys } from "./support/keys.ts";
import { form, pathFor, secret, visit } from "./support/links.ts";
import { useSes } from "./support/ses.ts";
import { aBusiness, saveBusiness } from "./support/shop.ts";

vi.hoisted(() => {
  process.env.POWERTOOLS_LOG_LEVEL = "SILENT";
});

useDatabase();
const bus = useBus();
const ses = useSes();
useKeys(secret);

const now = "2026-11-24T02:00:00.000Z";
const run = RunId.parse("run_6789bcdfghjkmnpq_tiowk0");
let shop: Business;
let ani: customers.Customer;
let rated: ResponseId;

beforeEach(async () => {
  vi.useFakeTimers({ now: new Date(now), toFake: ["Date"] });
  await documents.send(new DeleteCommand({ TableName: tableName("account"), Key: { name: "rate#sending" } }));
  shop = await saveBusiness(aBusiness());
  const details = { email: "ani@example.com", name: "Ani" };
  ani = (await customers.upsert(shop, { details, evidence: { way: "api" } }, now)).customer;
  const fields: [string, string][] = [
    ["stars", "2"],
    ["words", "Kopinya <dingin>"],
  ];
  await visit(pathFor("rating", ani, run), form(fields));
  rated = responses.responseIdOf({ business: shop.id, customer: ani.id, run }, "rating");
  bus.events.length = 0;
});

const answer = (text: string) => responses.answer(shop, rated, text, now);
const answers = async () => (await responses.get(shop.id, rated)).answers;

/** Does what the events of answers ask for, `times` over, as EventBridge may. */
async function deliver(times = 1): Promise<void> {
  for (const { type, detail } of bus.events.filter(({ type }) => type === "response.answered")) {
    for (let time = 0; time < times; time++) {
      await handler({ "detail-type": type, detail }, {
        getRemainingTimeInMillis: () => 60_000,
      } as Context);
    }
  }
}

test("what the customer had said is quoted without anything in it that can be followed or called", async () => {
  await visit(
    pathFor("rating", ani, run),
    form([
      ["stars", "1"],
      ["words", "Dingin.\r\nLihat bit.ly/x9, www.evil.com atau +62 812 3456 7890"],
    ]),
  );
  await answer("Maaf!");
  await deliver();
  const [mail] = ses.mails;
  expect(mail?.text).toContain("> Dingin.\n> Lihat […] […] atau […]");
  expect(mail?.html).toContain("Lihat […] […] atau […]");
  // The owner reads what was said.
  expect(await responses.get(shop.id, rated)).toMatchObject({
    words: "Dingin.\nLihat bit.ly/x9, www.evil.com atau +62 812 3456 7890",
  });
});

test("an answer reaches the customer once, in their language, with what they had said and who writes", async () => {
  await answer("Maaf, Bu Ani.\nKami salah.\n\nCangkir berikutnya <b>dari kami</b>.");
  await deliver(3);

  const [mail, ...others] = ses.mails;
  expect(others).toEqual([]);
  expect(mail).toMatchObject({
    to: "ani@example.com",
    subject: "Jawaban dari Kopi Senja",
    tags: { letter: "answer", business: shop.id },
  });
  expect(mail?.text).toContain("Maaf, Bu Ani.\nKami salah.\n\nCangkir berikutnya <b>dari kami</b>.");
  expect(mail?.text).toContain("> ★★☆☆☆\n> Kopinya <dingin>");
  expect(mail?.html).toContain("Kopinya &lt;dingin&gt;");
  expect(mail?.html).toContain("&lt;b&gt;dari kami&lt;/b&gt;");
  expect(mail?.text).toContain(shop.postalAddress);
  expect(mail?.text).toMatch(/https:\/\/links\.example\/p\//);
  // A person wrote it, and it is no marketing.
  expect(mail?.headers).not.toHaveProperty("Auto-Submitted");
  expect(mail?.headers).not.toHaveProperty("List-Unsubscribe");
  expect(await answers()).toMatchObject([{ letterAt: now }]);
});

test("each answer has a mail of its own, also to who has unsubscribed meanwhile", async () => {
  await answer("Maaf");
  await customers.unsubscribe(shop.id, ani.id, { way: "link" }, now);
  await deliver();
  bus.events.length = 0;
  await answer("Satu hal lagi");
  await deliver();

  expect(ses.mails).toHaveLength(2);
  expect(ses.mails[1]?.text).toContain("Satu hal lagi");
});

test("an answer that SES does not take for now goes out when its event is repeated", async () => {
  await answer("Maaf");
  ses.refusing(1, "TooManyRequestsException");
  await expect(deliver()).rejects.toThrow("did not take");
  expect((await answers())[0]).not.toHaveProperty("letterAt");

  await deliver();
  expect(ses.mails).toHaveLength(1);
});

test("an answer whose mail SES may have taken is not sent again", async () => {
  await answer("Maaf");
  ses.refusing(1, "lost");
  await expect(deliver()).rejects.toThrow();
  await deliver();

  expect(ses.mails).toHaveLength(1);
});

test("one that SES refuses, and one to who can no longer be written to, are marked so", async () => {
  await answer("Maaf");
  ses.refusing(1, "MessageRejected");
  await deliver(2);
  expect(await answers()).toEqual([{ at: now, text: "Maaf", refused: true }]);

  bus.events.length = 0;
  await answer("Halo lagi");
  await restrict({ business: shop.id, id: ani.id, evidence: { way: "api" } }, now);
  await deliver();
  expect((await answers())[1]).toMatchObject({ refused: true });
  expect(ses.mails).toEqual([]);
  await expect(answer("Masih di sana?")).rejects.toThrow("their data is only kept");
});

test("who is erased before the mail goes gets none", async () => {
  await answer("Maaf");
  await erase({ business: shop.id, customer: ani.id, way: "api" }, now);
  await deliver();

  expect(ses.mails).toEqual([]);
});

test("where the customer left no words there is nothing to answer, however they left", async () => {
  await customers.unsubscribe(shop.id, ani.id, { way: "link" }, now);
  const of = { business: shop.id, customer: ani.id, run };
  await responses.leave(of, { reason: "too-many" }, now);
  await responses.rate({ ...of, run: undefined }, { stars: 1 }, now);
  for (const [kind, about] of [
    ["leaving", of],
    ["rating", { ...of, run: undefined }],
  ] as const) {
    const promotion = responses.answer(shop, responses.responseIdOf(about, kind), "Diskon 50 %!", now);
    await expect(promotion).rejects.toThrow("nothing to answer");
  }
  await deliver();
  expect(ses.mails).toEqual([]);
});

test("a response is answered at most twice, also by many requests at once", async () => {
  const texts = Array.from({ length: 8 }, (_, n) => `Maaf ${n}`);
  const outcomes = await Promise.allSettled(texts.map(answer));
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(2);
  await deliver();
  expect(ses.mails).toHaveLength(2);
  await expect(answer("Satu lagi")).rejects.toThrow("2 answers");
});

test("nobody is answered while sending is halted, nor from an address that is not the business's own", async () => {
  await answer("Maaf");
  const halted = { reason: "complaints" as const, rate: 0.01, sample: 1000, at: now };
  await saveBusiness({ ...shop, halted });
  await deliver();
  expect((await answers())[0]).toMatchObject({ refused: true });
  const held = (business: Business) => responses.answer(business, rated, "Halo", now);
  await expect(held({ ...shop, halted })).rejects.toThrow("halted");
  await expect(held({ ...shop, limits: { ...shop.limits, identities: [] } })).rejects.toThrow(
    "can't send from",
  );
  expect(ses.mails).toEqual([]);
});
