import { createHash } from "node:crypto";
import { describe, expect, test, vi } from "vitest";
import type { Business } from "../../core/businesses.ts";
import { erase } from "../../core/customers/erase.ts";
import type { Customer } from "../../core/customers.ts";
import { newId } from "../../core/ids.ts";
import { linkTo, sign } from "../../core/links.ts";
import { derive } from "../../core/secrets.ts";
import { form, secret, textOf, tokenFor, useAni, visit } from "../support/links.ts";

// What the handler logs of a fault that a test makes is no news.
vi.hoisted(() => {
  process.env.POWERTOOLS_LOG_LEVEL = "SILENT";
});

const world = useAni();

describe("links that are none", () => {
  test("forged, cut, of the other kind, of an erased customer, of no business, or nothing at all: the same page", async () => {
    const erased = await world.subscriber("budi@example.com");
    const token = tokenFor("unsubscribe", world.ani, world.run);
    const paths = [
      `/u/${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`,
      `/u/${token.slice(0, 40)}`,
      "/u/x",
      "/u/%00",
      `/u/${tokenFor("preferences", world.ani, world.run)}`,
      `/p/${token}`,
      `/u/${tokenFor("unsubscribe", { ...world.ani, id: newId("cus") as Customer["id"] })}`,
      `/u/${tokenFor("unsubscribe", { ...world.ani, business: newId("biz") as Business["id"] })}`,
      `/p/${tokenFor("preferences", erased)}`,
      "/u",
      "/u/preview",
      "/p/preview",
      "/",
      "/x/y/z",
    ];
    await erase({ business: world.shop.id, customer: erased.id, way: "link" }, world.now);
    const answers = [];
    for (const path of paths) {
      answers.push(await visit(path));
      answers.push(await visit(path, { ...form([["confirm", "yes"]]), lang: "en" }));
    }
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({ statusCode: 404 });
    expect(textOf(answers[0] ?? {})).toContain("Tautan ini tidak berlaku");
    expect(textOf(answers[0] ?? {})).toContain("This link is not valid");
    expect(await world.stored()).toEqual(world.ani);
  });

  test("a link signed after a rotation is understood by a process that started before it", async () => {
    await visit(world.pathOf("unsubscribe"));
    const newer = { root: "n".repeat(64), previousRoots: [secret.root] };
    world.keys.rotate(newer);
    vi.setSystemTime("2026-11-24T03:00:00.000Z");
    const [key] = derive(newer).linkKeys;
    const { business, id: customer, email = "" } = world.ani;
    const link = linkTo(key, { business, customer, run: world.run, email, at: world.now });
    const fresh = `/u/${sign(key, "unsubscribe", link)}`;
    expect((await visit(fresh)).statusCode).toBe(200);
    expect((await visit(world.pathOf("unsubscribe"))).statusCode).toBe(200);
  });
});

describe("the pages themselves", () => {
  test("they run no script, load nothing from elsewhere, and are neither kept, framed nor indexed", async () => {
    for (const path of [world.pathOf("unsubscribe"), world.pathOf("preferences"), "/u/x"]) {
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
    await world.shopOf({ brand });
    const { headers, body } = await visit(world.pathOf("unsubscribe"));
    expect(headers?.["content-security-policy"]).toContain("img-src https://img.kopisenja.example;");
    expect(body).toContain('src="https://img.kopisenja.example/logo.png"');
  });

  test("whatever the shop is called, it is text", async () => {
    const topics = [{ key: "news", name: { id: "<b>Kabar</b>", en: "News" } }];
    await world.shopOf({ name: "Kopi & Teh'", postalAddress: '"><script>', topics });
    for (const kind of ["unsubscribe", "preferences"] as const) {
      const { body = "" } = await visit(world.pathOf(kind));
      expect(body).toContain("Kopi &amp; Teh&#x27;");
      expect(body).not.toMatch(/<b>|<script>/);
    }
  });

  test("nothing that an owner writes reaches a header of their pages, but the origin of the logo", async () => {
    const headersFor = async (difference: Parameters<typeof world.shopOf>[0]) => {
      await world.shopOf(difference);
      const pages = [];
      for (const kind of ["unsubscribe", "preferences", "rating"] as const) {
        const path = world.pathOf(kind);
        pages.push(await visit(path), await visit(path, form([["action", "mail-export"]])));
      }
      pages.push(await visit(`/join/${world.shop.id}`));
      return pages.map(({ headers }) => headers);
    };
    const evil = "Kopi'; form-action 'none'\u2028x; sandbox,";
    const topics = [{ key: "news", name: { id: evil, en: evil } }];
    const hostile = await headersFor({
      name: evil,
      postalAddress: evil,
      topics,
      sender: { address: "halo@kopisenja.example", name: evil },
      signUp: { open: true, doubleOptIn: true, privacyUrl: "https://kopi.example/;form-action" },
    });
    expect(hostile).toEqual(await headersFor({}));
  });

  test("HEAD answers as GET does, without the page", async () => {
    const head = await visit(world.pathOf("unsubscribe"), { method: "HEAD" });
    const get = await visit(world.pathOf("unsubscribe"));
    expect(head.body).toBeUndefined();
    expect(head.headers).toEqual(get.headers);
  });

  test("a fault is told without detail, so that the mail program tries again", async () => {
    vi.stubEnv("TABLE_CUSTOMERS", "no-such-table");
    const answer = await visit(world.pathOf("unsubscribe"), form([["confirm", "yes"]]));
    expect(answer.statusCode).toBe(500);
    expect(textOf(answer)).toContain("Silakan coba lagi");
    expect(answer.body).not.toContain("no-such-table");
  });
});
