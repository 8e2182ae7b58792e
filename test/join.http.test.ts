import axe from "axe-core";
import type { Page } from "playwright-core";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Business } from "../core/businesses.ts";
import { newId, SignUpId } from "../core/ids.ts";
import * as keys from "../core/keys.ts";
import { signConfirmation } from "../core/links.ts";
import { derive } from "../core/secrets.ts";
import * as signUps from "../core/sign-ups.ts";
import { routes } from "../functions/http/sign-ups.ts";
import { apiOf } from "./http/api.ts";
import { chromiumIsHere, overflow, useBrowser, widths } from "./support/browser.ts";
import { useBus } from "./support/bus.ts";
import { useDatabase } from "./support/database.ts";
import { useKeys } from "./support/keys.ts";
import { secret, textOf, visit } from "./support/links.ts";
import { aBusiness, saveBusiness } from "./support/shop.ts";

useDatabase();
const bus = useBus();
useKeys(secret);
const { call } = apiOf(routes);

const now = "2026-11-24T02:00:00.000Z";
let shop: Business;
let key: string;

beforeAll(() => {
  process.env.PUBLIC_URL = "https://links.example";
});
beforeEach(async () => {
  vi.useFakeTimers({ now: new Date(now), toFake: ["Date"] });
  const topics = [{ key: "news", name: { id: "<b>Kabar</b>", en: "News & more" } }];
  const signUp = { open: true, doubleOptIn: true, privacyUrl: "https://kopisenja.example/privasi?a=1&b=2" };
  shop = await saveBusiness(aBusiness({ name: "Kopi & Teh'", topics, signUp }));
  key = (await keys.issue(shop.id, { name: "test", grantable: ["business:read"] }, now)).token;
});

test("an owner reads where people join, and a form for a site of their own in each language", async () => {
  const { status, body } = await call("GET /v1/sign-up", { key });
  expect(status).toBe(200);
  expect(body).toMatchObject({ url: `https://links.example/join/${shop.id}`, open: true });
  expect(body.embed.id).toContain("Saya ingin menerima email dari Kopi &amp; Teh&#x27;");
  expect(body.embed.id).toContain("&lt;b&gt;Kabar&lt;/b&gt;");
  expect(body.embed.en).toContain("News &amp; more");
  expect(body.embed.en).not.toMatch(/<script|<b>|\{\{/);
});

/** Lets the page reach the public links, and nothing else. */
const host = (page: Page) =>
  page.route("https://links.example/**", async (route) => {
    const request = route.request();
    const { pathname, searchParams } = new URL(request.url());
    const answer = await visit(pathname, {
      method: request.method(),
      query: Object.fromEntries(searchParams),
      body: request.postData() ?? "",
      type: request.headers()["content-type"] ?? "",
    });
    const { statusCode: status = 200, headers = {}, body = "" } = answer;
    await route.fulfill({ status, headers: headers as Record<string, string>, body });
  });

describe.skipIf(!chromiumIsHere)("in a browser", { timeout: 60_000 }, () => {
  const browser = useBrowser();
  const words = {
    id: { email: "Alamat email", join: "Berlangganan", confirm: "Ya, saya mau berlangganan" },
    en: { email: "Email address", join: "Subscribe", confirm: "Yes, subscribe me" },
  };

  test.each(widths.flatMap((width) => (["id", "en"] as const).map((lang) => ({ width, lang }))))(
    "joining is told in words that fit a window of $width pixels and that everybody can use: $lang",
    async ({ width, lang }) => {
      const page = await browser.open(width, { javaScriptEnabled: true });
      await host(page);
      const fits = async () => {
        expect(await overflow(page)).toBe(0);
        await page.evaluate(axe.source);
        const run = () => (globalThis as unknown as { axe: typeof axe }).axe.run();
        const { violations, passes } = await page.evaluate(run);
        expect(passes.length).toBeGreaterThan(10);
        expect(violations.map(({ id, nodes }) => ({ id, at: nodes.map(({ target }) => target) }))).toEqual(
          [],
        );
      };
      const t = words[lang];
      await page.goto(`https://links.example/join/${shop.id}?lang=${lang}`);
      await fits();
      await page.getByRole("button", { name: t.join }).click();
      await fits();
      await page.getByLabel(t.email).fill("ani@example.com");
      await page.getByRole("switch").check();
      await page.getByRole("button", { name: t.join }).click();
      await fits();
      const { signUp = "" } = (bus.events.at(-1)?.detail ?? {}) as { signUp?: string };
      const confirmation = { business: shop.id, signUp: SignUpId.parse(signUp) };
      const token = signConfirmation(derive(secret).linkKeys[0], confirmation);
      await page.goto(`https://links.example/c/${token}`);
      await fits();
      await page.getByRole("button", { name: t.confirm }).click();
      await fits();
      await page.goto(
        `https://links.example/c/${signConfirmation(derive(secret).linkKeys[0], { ...confirmation, signUp: newId("sup") })}?lang=${lang}`,
      );
      await fits();
    },
  );

  test("people who have only a keyboard come from the address to the button, past the trap for bots", async () => {
    const page = await browser.open(375);
    await host(page);
    await page.goto(`https://links.example/join/${shop.id}?lang=en`);
    await page.getByLabel("Email address").focus();
    await page.keyboard.type("ani@example.com");
    const passed: (string | null)[] = [];
    for (let at = 0; at < 6; at++) {
      await page.keyboard.press("Tab");
      passed.push(await page.locator(":focus").getAttribute("name"));
    }
    expect(passed).toEqual(["nickname", "day", "month", "topic", null, null]);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Look into your inbox" }).waitFor();
  });

  test("the form on the owner's own site signs people up without a script, by the words that it shows", async () => {
    const { body } = await call("GET /v1/sign-up", { key });
    const page = await browser.open(375);
    await page.route("https://kopisenja.example/", (route) =>
      route.fulfill({ contentType: "text/html", body: `<!doctype html><main>${body.embed.en}</main>` }),
    );
    await host(page);
    await page.goto("https://kopisenja.example/");
    await page.getByLabel("Email address").fill("ani@example.com");
    await page.getByLabel("Day").selectOption("29");
    await page.getByLabel("Month").selectOption("February");
    await page.getByRole("button", { name: "Subscribe" }).click();
    await page.getByRole("heading", { name: "Look into your inbox" }).waitFor();

    const [{ detail } = { detail: {} }] = bus.events;
    const signUp = await signUps.find(shop.id, (detail as { signUp: signUps.SignUp["id"] }).signUp, now);
    expect(signUp?.request).toMatchObject({
      email: "ani@example.com",
      birthday: "02-29",
      topics: { news: true },
      locale: "en",
      evidence: { source: "website", wording: { version: "2026-11/en" } },
    });
  });
});

test("a hand-made form that names no topics asks for all, and one that is wrong leads to the page that says so", async () => {
  const post = (body: string) =>
    visit(`/join/${shop.id}`, { method: "POST", type: "application/x-www-form-urlencoded", body });
  expect(textOf(await post("email=ani%40example.com"))).toContain("Lihat kotak masuk Anda");
  expect(await post("email=ani")).toMatchObject({ statusCode: 400 });
});
