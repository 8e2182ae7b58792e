import { PutCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Business } from "../core/businesses.ts";
import * as customers from "../core/customers.ts";
import type { BusinessId } from "../core/ids.ts";
import * as signUps from "../core/sign-ups.ts";
import { documents, tableName } from "../core/store.ts";
import { suppress } from "../core/suppressions.ts";
import { useBus } from "./support/bus.ts";
import { useDatabase } from "./support/database.ts";
import { useKeys } from "./support/keys.ts";
import { forgetLimits } from "./support/limits.ts";
import { form, type Request, secret, textOf, visit } from "./support/links.ts";
import { aBusiness, saveBusiness } from "./support/shop.ts";

useDatabase();
const bus = useBus();
useKeys(secret);

const now = "2026-11-24T02:00:00.000Z";
let shop: Business;

beforeEach(async () => {
  vi.useFakeTimers({ now: new Date(now), toFake: ["Date"] });
  shop = await saveBusiness(aBusiness());
  await forgetLimits();
});

type Fields = Record<string, string | readonly string[]>;
const filled: Fields = {
  email: "ani.lestari@gmail.com",
  shown: ["birthday", "offers", "news"],
  topic: ["birthday", "offers", "news"],
};

const posted = (fields: Fields) =>
  form(
    Object.entries(fields).flatMap(([name, values]) =>
      [values].flat().map((value): [string, string] => [name, value]),
    ),
  );

const look = (request: Request = {}, business = shop.id) => visit(`/join/${business}`, request);
const submit = (fields: Fields = {}, more: Request = {}) =>
  look({ ...posted({ ...filled, ...fields }), ...more });

/** The sign-ups of the shop, as they are stored. */
async function stored(business: BusinessId = shop.id): Promise<signUps.SignUp[]> {
  const { Items = [] } = await documents.send(new ScanCommand({ TableName: tableName("signUps") }));
  return Items.map((item) => signUps.SignUp.parse(item)).filter((one) => one.business === business);
}
const everyone = async () => (await customers.list(shop.id, { limit: 100 })).items;

describe("the sign-up page", () => {
  test("asks in the shop's language or the visitor's, in the shop's name, and shows what one agrees to", async () => {
    const page = await look();
    expect(page.statusCode).toBe(200);
    expect(page.body).toContain('<html lang="id">');
    expect(textOf(page)).toContain("Kabar dari Kopi Senja, langsung ke email Anda");
    expect(textOf(page)).toContain("Saya ingin menerima email dari Kopi Senja");
    const english = await look({ lang: "en" });
    expect(english.body).toContain('<html lang="en">');
    expect(textOf(english)).toContain("I would like to get emails from Kopi Senja");
    expect(textOf(english)).toContain("November");
  });

  test("leads to the shop's privacy notice, where it has one", async () => {
    expect((await look()).body).not.toContain("noopener");
    const signUp = { open: true, doubleOptIn: true, privacyUrl: "https://kopisenja.example/privasi" };
    const { id } = await saveBusiness(aBusiness({ signUp }));
    expect((await look({}, id)).body).toContain('href="https://kopisenja.example/privasi"');
  });

  test("is not there for a shop that takes nobody in, and for no shop", async () => {
    const { id } = await saveBusiness(aBusiness({ signUp: { open: false, doubleOptIn: true } }));
    for (const path of [`/join/${id}`, "/join/biz_23456789bcdfghjk", "/join/x", "/join/"]) {
      for (const request of [{}, posted(filled)]) {
        expect(await visit(path, request)).toMatchObject({ statusCode: 404 });
      }
    }
    expect(await stored(id)).toEqual([]);
  });

  test("keeps where its visitor came from through a change of language and in what it posts", async () => {
    const body = (await look({ query: { source: "instagram" } })).body?.replaceAll("&#x3D;", "=");
    expect(body).toContain('href="?lang=en&amp;source=instagram"');
    expect(body).toContain('action="?lang=id&amp;source=instagram"');
    const odd = await look({ query: { source: '"><script>' } });
    expect(odd.body).not.toContain("source=");
  });
});

describe("signing up", () => {
  test("keeps what was typed, where and to which words, makes no customer, and asks for a letter by ids only", async () => {
    const page = await submit(
      {
        email: " Ani.Lestari@GMAIL.com ",
        nickname: "Ani",
        day: "29",
        month: "02",
        topic: ["birthday", "news"],
      },
      { query: { lang: "en", source: "instagram" } },
    );
    expect(page.statusCode).toBe(200);
    expect(textOf(page)).toContain("Look into your inbox");
    expect(textOf(page)).toContain("a•••@gmail.com");
    expect(page.body).not.toContain("ani.lestari");
    const [signUp, ...others] = await stored();
    expect(others).toEqual([]);
    expect(signUp).toMatchObject({
      at: now,
      expiresAt: Date.parse("2026-12-01T02:00:00Z") / 1000,
      request: {
        email: "ani.lestari@gmail.com",
        nickname: "Ani",
        birthday: "02-29",
        topics: { birthday: true, offers: false, news: true },
        locale: "en",
        evidence: {
          way: "form",
          source: "instagram",
          ip: "203.0.113.7",
          userAgent: "Mozilla/5.0 (Android)",
          wording: { version: "2026-11/en", text: expect.stringContaining("Kopi Senja") },
        },
      },
    });
    expect(await everyone()).toEqual([]);
    expect(bus.events).toEqual([
      { bus: "sapa-test", type: "sign-up.requested", detail: { business: shop.id, signUp: signUp?.id } },
    ]);
  });

  test.each<[string, Fields, string]>([
    ["no address", { email: "" }, "Isi alamat email Anda."],
    ["half an address", { email: "ani@" }, "Alamat email ini belum lengkap."],
    ["a name without end", { nickname: "A".repeat(61) }, "Nama panggilan paling panjang 60 huruf."],
    ["a link instead of a name", { nickname: "Akun diblokir, buka bit.ly/x9" }, "Isi nama saja"],
    ["a phone number instead of a name", { nickname: "Hubungi 0812-3456-7890" }, "Isi nama saja"],
    ["a day without a month", { day: "24" }, "Pilih tanggal dan bulan, atau kosongkan keduanya."],
    ["a day that is none", { day: "30", month: "02" }, "Tanggal ini tidak ada di bulan itu."],
    ["no topic", { topic: [] }, "Pilih setidaknya satu jenis email."],
  ])(
    "%s: the form comes back with what is wrong beside the field, and with what was typed",
    async (_, fields, message) => {
      const page = await submit({ nickname: "Ani", ...fields });
      expect(page.statusCode).toBe(400);
      expect(textOf(page)).toContain(message);
      expect(page.body).toContain('role="alert"');
      const typed: Fields = { ...filled, nickname: "Ani", ...fields };
      expect(page.body).toContain(`value="${typed.email}"`);
      expect(page.body).toContain(`value="${typed.nickname}"`);
      if (typed.day) expect(page.body).toContain(`<option value="${typed.day}" selected>`);
      expect(await stored()).toEqual([]);
      expect(bus.events).toEqual([]);
    },
  );

  test("a nickname is kept in one line, without what can't be seen; of one that is nothing else there is none", async () => {
    await submit({ nickname: "\u202eA\u200bni\n\nLestari\u0000" });
    await submit({ nickname: "\u200b\u3164" });
    const [one, other] = await stored();
    expect([one?.request?.nickname, other?.request?.nickname].sort()).toEqual(["Ani Lestari", undefined]);
  });

  test("whatever is typed is text", async () => {
    const page = await submit({ email: '"><script>alert(1)</script>' });
    expect(page.statusCode).toBe(400);
    expect(page.body).not.toContain("<script");
  });

  test("a field that only bots see, filled: the same answer, and nothing is kept", async () => {
    const honest = await submit();
    bus.events.length = 0;
    const before = await stored();
    expect((await submit({ subject: "Buy now" })).body).toBe(honest.body);
    expect(await stored()).toEqual(before);
    expect(bus.events).toEqual([]);
  });

  test("the answer is the same byte for byte whoever the address belongs to, and nobody's consent changes", async () => {
    const email = filled.email as string;
    const kinds: Record<string, () => Promise<unknown>> = {
      unknown: async () => {},
      pending: () => add("pending"),
      subscribed: () => add("subscribed"),
      unsubscribed: () => add("unsubscribed"),
      suppressed: () => suppress(shop.id, email, "complaint", now),
    };
    const add = async (consent: customers.Consent) => {
      const evidence = { way: "api" as const };
      const { customer } = await customers.upsert(shop, { details: { email }, consent, evidence }, now);
      return customers.update(shop, customer.id, { consent, evidence }, now);
    };
    const answers = [];
    for (const prepare of Object.values(kinds)) {
      await prepare();
      const before = await everyone();
      answers.push(JSON.stringify(await submit()));
      expect(await everyone()).toEqual(before);
    }
    expect(new Set(answers).size).toBe(1);
    expect(bus.events.filter(({ type }) => type === "sign-up.requested")).toHaveLength(5);
  });

  test("from one place thirty an hour are taken, whatever the addresses, and then it is said when to come again", async () => {
    vi.setSystemTime("2026-11-24T02:30:00.000Z");
    for (let at = 0; at < 30; at++) {
      expect(await submit({ email: `a${at}@example.com` })).toMatchObject({ statusCode: 200 });
    }
    const refused = await submit({ email: "more@example.com" });
    expect(refused).toMatchObject({ statusCode: 429, headers: { "retry-after": "1800" } });
    expect(textOf(refused)).toContain("Please try again later");
    expect(await stored()).toHaveLength(30);
    expect(await submit({}, { ip: "198.51.100.1" })).toMatchObject({ statusCode: 200 });
    vi.setSystemTime("2026-11-24T03:00:00.000Z");
    expect(await submit()).toMatchObject({ statusCode: 200 });
  });

  test("a network of IPv6 is one place, however many addresses it has", async () => {
    const from = (ip: string) => submit({}, { ip });
    for (let at = 0; at < 30; at++) await from(`2001:db8:1:2:${at}::1`);
    expect(await from("2001:db8:1:2::99")).toMatchObject({ statusCode: 429 });
    expect(await from("2001:db8:1:3::99")).toMatchObject({ statusCode: 200 });
  });

  test("one shop takes three hundred an hour, from wherever they come, and others are not held up", async () => {
    const second = Date.parse(now) / 1000;
    const taken = { limit: `${shop.id}#sign-ups#${second / 3600}`, times: 299, expiresAt: second + 3600 };
    await documents.send(new PutCommand({ TableName: tableName("limits"), Item: taken }));
    expect(await submit({}, { ip: "10.1.0.1" })).toMatchObject({ statusCode: 200 });
    expect(await submit({}, { ip: "10.2.0.1" })).toMatchObject({ statusCode: 429 });
    const { id } = await saveBusiness(aBusiness());
    expect(await look(posted(filled), id)).toMatchObject({ statusCode: 200 });
  });

  test("the limits keep no address of anyone", async () => {
    await submit({}, { ip: "198.51.100.77" });
    const { Items = [] } = await documents.send(new ScanCommand({ TableName: tableName("limits") }));
    const text = JSON.stringify(Items);
    expect(text).toContain(shop.id);
    expect(text).not.toContain("198.51.100.77");
    expect(Items.every(({ expiresAt }) => expiresAt > Date.parse(now) / 1000 - 3600)).toBe(true);
  });
});
