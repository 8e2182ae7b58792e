import { createHash } from "node:crypto";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Business } from "../core/businesses.ts";
import * as consents from "../core/consents.ts";
import type { Customer } from "../core/customers.ts";
import * as customers from "../core/customers.ts";
import { newId, RunId } from "../core/ids.ts";
import { type LinkKind, sign } from "../core/links.ts";
import { derive } from "../core/secrets.ts";
import { useBus } from "./support/bus.ts";
import { useDatabase } from "./support/database.ts";
import { useKeys } from "./support/keys.ts";
import { form, pathFor, type Request, secret, textOf, tokenFor, visit } from "./support/links.ts";
import { aBusiness, saveBusiness } from "./support/shop.ts";

// What the handler logs of a fault that a test makes is no news.
vi.hoisted(() => {
  process.env.POWERTOOLS_LOG_LEVEL = "SILENT";
});

useDatabase();
const bus = useBus();
const keys = useKeys(secret);

const run = RunId.parse("run_6789bcdfghjkmnpq_tiowk0");
let shop: Business;
let ani: Customer;
const now = "2026-11-24T02:00:00.000Z";

beforeEach(async () => {
  vi.useFakeTimers({ now: new Date(now), toFake: ["Date"] });
  shop = await saveBusiness(aBusiness());
  ani = await subscriber("ani.lestari@gmail.com");
  bus.events.length = 0;
});

const subscriber = async (email: string, details: object = {}) =>
  (
    await customers.upsert(
      shop,
      { details: { email, name: "Ani", ...details }, consent: "subscribed", evidence: { way: "api" } },
      "2026-11-01T00:00:00.000Z",
    )
  ).customer;

const pathOf = (kind: LinkKind, customer = ani) => pathFor(kind, customer, run);

const stored = () => customers.get(shop.id, ani.id);

describe("unsubscribing", () => {
  test("opening the link changes nothing, however often and however scanners do it", async () => {
    for (const method of ["GET", "HEAD", "GET"]) {
      expect((await visit(pathOf("unsubscribe"), { method })).statusCode).toBe(200);
      expect((await visit(pathOf("preferences"), { method })).statusCode).toBe(200);
    }
    expect(await stored()).toEqual(ani);
    expect(bus.events).toEqual([]);
  });

  test("the page asks in the customer's language, names the shop and shows the address masked", async () => {
    const page = await visit(pathOf("unsubscribe"));
    expect(page.body).toContain('<html lang="id">');
    expect(textOf(page)).toContain("Berhenti berlangganan?");
    expect(textOf(page)).toContain("Kopi Senja");
    expect(textOf(page)).toContain("a•••@gmail.com");
    expect(page.body).not.toContain("ani.lestari");
  });

  test("pressing its button unsubscribes, and leaves the proof: when, from which mail, from where", async () => {
    const page = await visit(pathOf("unsubscribe"), form([["confirm", "yes"]]));
    expect(page.statusCode).toBe(200);
    expect(textOf(page)).toContain("Anda sudah berhenti berlangganan");
    expect(await stored()).toMatchObject({ consent: "unsubscribed" });
    expect((await consents.history(shop.id, ani.id)).at(-1)).toMatchObject({
      at: now,
      was: "subscribed",
      consent: "unsubscribed",
      way: "link",
      run,
      ip: "203.0.113.7",
      userAgent: "Mozilla/5.0 (Android)",
    });
    expect(bus.events).toMatchObject([{ type: "customer.unsubscribed" }]);
  });

  const boundary = "----sapa";
  const multipart = `--${boundary}\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--${boundary}--\r\n`;
  test.each<[string, Request]>([
    ["urlencoded", { type: "application/x-www-form-urlencoded", body: "List-Unsubscribe=One-Click" }],
    [
      "urlencoded, in base64",
      { type: "application/x-www-form-urlencoded", body: Buffer.from("List-Unsubscribe=One-Click") },
    ],
    ["multipart", { type: `multipart/form-data; boundary=${boundary}`, body: multipart }],
    [
      "multipart, in base64",
      { type: `multipart/form-data; boundary="${boundary}"`, body: Buffer.from(multipart) },
    ],
    ["broken multipart", { type: "multipart/form-data", body: multipart }],
    ["without a type", { body: "List-Unsubscribe=One-Click" }],
    ["without a body", {}],
  ])("a mail program's one click unsubscribes at once: %s", async (_, request) => {
    const answer = await visit(pathOf("unsubscribe"), { method: "POST", ...request });
    expect(answer.statusCode).toBe(200);
    expect(answer.cookies).toBeUndefined();
    expect(Object.keys(answer.headers ?? {})).not.toContain("location");
    expect(Object.keys(answer.headers ?? {})).not.toContain("set-cookie");
    expect(await stored()).toMatchObject({ consent: "unsubscribed" });
    expect((await consents.history(shop.id, ani.id)).at(-1)).toMatchObject({ way: "one-click", run });
  });

  test("repeating it is harmless and says the same", async () => {
    const first = await visit(pathOf("unsubscribe"), form([["confirm", "yes"]]));
    const once = await stored();
    const again = await visit(pathOf("unsubscribe"), form([["confirm", "yes"]]));
    expect(again.body).toBe(first.body);
    expect(await stored()).toEqual(once);
    expect(bus.events).toHaveLength(1);
    expect(textOf(await visit(pathOf("unsubscribe")))).toContain("Anda sudah berhenti berlangganan");
  });

  test("the page leads to the preferences of the same customer", async () => {
    const page = await visit(pathOf("unsubscribe"), { lang: "en" });
    const [, token = "", lang = ""] = /href="\.\.\/p\/([\w.-]+)\?lang=(\w+)"/.exec(page.body ?? "") ?? [];
    const preferences = await visit(`/p/${token}`, { lang });
    expect(textOf(preferences)).toContain("Email preferences");
    expect(textOf(preferences)).toContain("a•••@gmail.com");
  });
});

describe("preferences", () => {
  const shown = ["birthday", "offers", "news"].map((key): [string, string] => ["shown", key]);
  const save = (...fields: [string, string][]) =>
    visit(pathOf("preferences"), form([["action", "save"], ...shown, ...fields]));
  const ticked = (...keys: string[]) => keys.map((key): [string, string] => ["topic", key]);

  test("the topics stand there by their names, on until turned off", async () => {
    const page = await visit(pathOf("preferences"));
    for (const name of ["Ucapan ulang tahun", "Penawaran khusus", "Kabar dan produk baru"]) {
      expect(textOf(page)).toContain(name);
    }
    expect(page.body?.match(/name="topic" value="\w+" checked/g)).toHaveLength(3);
  });

  test("a topic is turned off and on again, and each time the choice is kept as evidence", async () => {
    const page = await save(...ticked("birthday", "news"));
    expect(textOf(page)).toContain("Pilihan Anda sudah disimpan.");
    expect(page.body?.match(/name="topic" value="\w+" checked/g)).toHaveLength(2);
    expect(await stored()).toMatchObject({ topics: { offers: false }, consent: "subscribed" });
    await save(...ticked("birthday", "offers", "news"));
    expect((await stored()).topics).toEqual({ offers: true });
    expect(await consents.history(shop.id, ani.id)).toMatchObject([
      {},
      { way: "link", ip: "203.0.113.7", run, topics: { offers: false } },
      { way: "link", topics: { offers: true } },
    ]);
  });

  test("saving the page as it is changes nothing", async () => {
    await save(...ticked("birthday", "offers", "news"), ["language", "id"]);
    expect(await stored()).toEqual(ani);
  });

  test("a topic that was not on the page when it was opened is not turned off, nor is an unknown one taken", async () => {
    await visit(
      pathOf("preferences"),
      form([
        ["action", "save"],
        ["shown", "news"],
        ["shown", "gossip"],
        ["topic", "gossip"],
      ]),
    );
    expect((await stored()).topics).toEqual({ news: false });
  });

  test("the page can be read in the other language without changing anything, and the mail's language be chosen", async () => {
    const english = await visit(pathOf("preferences"), { lang: "en" });
    expect(english.body).toContain('<html lang="en">');
    expect(textOf(english)).toContain("Special offers");
    expect(await stored()).toEqual(ani);

    const page = await save(...ticked("birthday", "offers", "news"), ["language", "en"]);
    expect(page.body).toContain('<html lang="en">');
    expect(textOf(page)).toContain("Your choices are saved.");
    expect(await stored()).toMatchObject({ locale: "en" });
    expect((await visit(pathOf("preferences"))).body).toContain('<html lang="en">');
  });

  test("mail is paused for a month by the shop's calendar, stays paused when saved again, and can go on", async () => {
    vi.setSystemTime("2026-11-24T18:00:00.000Z"); // the 25th in Jakarta
    const all = ticked("birthday", "offers", "news");
    const page = await save(...all, ["pause", "month"]);
    expect(await stored()).toMatchObject({ pausedUntil: "2026-12-25", consent: "subscribed" });
    expect(textOf(page)).toContain("Dijeda sampai 25 Desember 2026");

    vi.setSystemTime("2026-12-01T02:00:00.000Z");
    await save(...all, ["pause", "month"]);
    expect(await stored()).toMatchObject({ pausedUntil: "2026-12-25" });

    await save(...all);
    expect((await stored()).pausedUntil).toBeUndefined();
    expect(textOf(await visit(pathOf("preferences")))).toContain("Jeda sebulan");
  });

  test("a pause that is over is over on the page too", async () => {
    await save(...ticked("birthday", "offers", "news"), ["pause", "month"]);
    vi.setSystemTime("2027-01-10T02:00:00.000Z");
    expect(textOf(await visit(pathOf("preferences")))).toContain("Jeda sebulan");
  });

  test("one button unsubscribes from everything", async () => {
    const page = await visit(pathOf("preferences"), form([["action", "unsubscribe"]]));
    expect(await stored()).toMatchObject({ consent: "unsubscribed" });
    expect(textOf(page)).toContain("Anda tidak berlangganan");
    expect(page.body).not.toContain('name="topic"');
  });

  test("saving topics never subscribes; only the button that says so does, and leaves its proof", async () => {
    await visit(pathOf("unsubscribe"), form([["confirm", "yes"]]));
    await save(...ticked("birthday", "offers"));
    expect(await stored()).toMatchObject({ consent: "unsubscribed", topics: { news: false } });

    const page = await visit(pathOf("preferences"), form([["action", "subscribe"]]));
    expect(textOf(page)).toContain("Anda berlangganan lagi.");
    expect(await stored()).toMatchObject({ consent: "subscribed", topics: { news: false } });
    expect((await consents.history(shop.id, ani.id)).at(-1)).toMatchObject({
      was: "unsubscribed",
      consent: "subscribed",
      way: "link",
      ip: "203.0.113.7",
    });
  });

  test("an address that bounced or complained can't be subscribed again here, and the page says whom to write to", async () => {
    const { suppress } = await import("../core/suppressions.ts");
    await suppress(shop.id, "ani.lestari@gmail.com", "complaint", now);
    const page = await visit(pathOf("preferences"), form([["action", "subscribe"]]));
    expect(textOf(page)).toContain("Email ke alamat ini dihentikan");
    expect(textOf(page)).toContain("tanya@kopisenja.example");
    expect(page.body).not.toContain('value="subscribe"');
  });

  test("a post that presses no button changes nothing", async () => {
    for (const body of ["", "List-Unsubscribe=One-Click", "action=delete"]) {
      await visit(pathOf("preferences"), { ...form([]), body });
    }
    expect(await stored()).toEqual(ani);
  });
});

describe("links that are none", () => {
  test("forged, cut, of the other kind, of an erased customer, of no business, or nothing at all: the same page", async () => {
    const erased = await subscriber("budi@example.com");
    const token = tokenFor("unsubscribe", ani, run);
    const paths = [
      `/u/${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`,
      `/u/${token.slice(0, 40)}`,
      "/u/x",
      "/u/%00",
      `/u/${tokenFor("preferences", ani, run)}`,
      `/p/${token}`,
      `/u/${tokenFor("unsubscribe", { ...ani, id: newId("cus") as Customer["id"] })}`,
      `/u/${tokenFor("unsubscribe", { ...ani, business: newId("biz") as Business["id"] })}`,
      `/p/${tokenFor("preferences", erased)}`,
      "/u",
      "/u/preview",
      "/p/preview",
      "/",
      "/x/y/z",
    ];
    await (await import("../core/customers/erase.ts")).erase(shop.id, erased.id, now);
    const answers = [];
    for (const path of paths) {
      answers.push(await visit(path));
      answers.push(await visit(path, { ...form([["confirm", "yes"]]), lang: "en" }));
    }
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({ statusCode: 404 });
    expect(textOf(answers[0] ?? {})).toContain("Tautan ini tidak berlaku");
    expect(textOf(answers[0] ?? {})).toContain("This link is not valid");
    expect(await stored()).toEqual(ani);
  });

  test("a link signed after a rotation is understood by a process that started before it", async () => {
    await visit(pathOf("unsubscribe"));
    const newer = { root: "n".repeat(64), previousRoots: [secret.root] };
    keys.rotate(newer);
    vi.setSystemTime("2026-11-24T03:00:00.000Z");
    const link = { business: shop.id, customer: ani.id, run };
    const fresh = `/u/${sign(derive(newer).linkKeys[0], "unsubscribe", link)}`;
    expect((await visit(fresh)).statusCode).toBe(200);
    expect((await visit(pathOf("unsubscribe"))).statusCode).toBe(200);
  });
});

describe("the pages themselves", () => {
  test("they run no script, load nothing from elsewhere, and are neither kept, framed nor indexed", async () => {
    for (const path of [pathOf("unsubscribe"), pathOf("preferences"), "/u/x"]) {
      const { headers = {}, body = "" } = await visit(path);
      const [, css = ""] = /<style>([\s\S]*?)<\/style>/.exec(body) ?? [];
      const hash = createHash("sha256").update(css).digest("base64");
      expect(headers["content-security-policy"]).toBe(
        `default-src 'none'; style-src 'sha256-${hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
      );
      expect(headers).toMatchObject({
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "x-robots-tag": "noindex, nofollow",
      });
      expect(body).not.toMatch(/<script|<link|\bon\w+=|style=|https?:/);
      expect(body).toContain('<meta name="robots" content="noindex, nofollow">');
    }
  });

  test("a logo may be loaded from where it lies, and from nowhere else", async () => {
    const brand = { colour: "#ffd400", logoUrl: "https://img.kopisenja.example/logo.png" };
    shop = await saveBusiness(aBusiness({ brand }));
    ani = await subscriber("ani@example.com");
    const { headers, body } = await visit(pathOf("unsubscribe"));
    expect(headers?.["content-security-policy"]).toContain("img-src https://img.kopisenja.example;");
    expect(body).toContain('src="https://img.kopisenja.example/logo.png"');
  });

  test("whatever the shop is called, it is text", async () => {
    const topics = [{ key: "news", name: { id: "<b>Kabar</b>", en: "News" } }];
    shop = await saveBusiness(aBusiness({ name: "Kopi & Teh'", postalAddress: '"><script>', topics }));
    ani = await subscriber("ani@example.com");
    for (const kind of ["unsubscribe", "preferences"] as const) {
      const { body = "" } = await visit(pathOf(kind));
      expect(body).toContain("Kopi &amp; Teh&#x27;");
      expect(body).not.toMatch(/<b>|<script>/);
    }
  });

  test("HEAD answers as GET does, without the page", async () => {
    const head = await visit(pathOf("unsubscribe"), { method: "HEAD" });
    const get = await visit(pathOf("unsubscribe"));
    expect(head.body).toBeUndefined();
    expect(head.headers).toEqual(get.headers);
  });

  test("a fault is told without detail, so that the mail program tries again", async () => {
    vi.stubEnv("TABLE_CUSTOMERS", "no-such-table");
    const answer = await visit(pathOf("unsubscribe"), form([["confirm", "yes"]]));
    expect(answer.statusCode).toBe(500);
    expect(textOf(answer)).toContain("Silakan coba lagi");
    expect(answer.body).not.toContain("no-such-table");
  });
});
