import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Business } from "../core/businesses.ts";
import * as keys from "../core/keys.ts";
import * as signUps from "../core/sign-ups.ts";
import { routes } from "../functions/http/sign-ups.ts";
import { apiOf } from "./http/api.ts";
import { chromiumIsHere, useBrowser } from "./support/browser.ts";
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

describe.skipIf(!chromiumIsHere)("in a browser", { timeout: 60_000 }, () => {
  const browser = useBrowser();

  test("the form on the owner's own site signs people up without a script, by the words that it shows", async () => {
    const { body } = await call("GET /v1/sign-up", { key });
    const page = await browser.open(375);
    await page.route("https://kopisenja.example/", (route) =>
      route.fulfill({ contentType: "text/html", body: `<!doctype html><main>${body.embed.en}</main>` }),
    );
    await page.route("https://links.example/**", async (route) => {
      const request = route.request();
      const { pathname, searchParams } = new URL(request.url());
      const answer = await visit(pathname, {
        method: request.method(),
        query: Object.fromEntries(searchParams),
        body: request.postData() ?? "",
        type: request.headers()["content-type"] ?? "",
      });
      await route.fulfill({
        status: answer.statusCode ?? 200,
        headers: answer.headers as Record<string, string>,
        body: answer.body ?? "",
      });
    });
    await page.goto("https://kopisenja.example/");
    await page.getByLabel("Email address").fill("ani@example.com");
    await page.getByLabel("Day").selectOption("29");
    await page.getByLabel("Month").selectOption("February");
    await page.getByRole("button", { name: "Subscribe" }).click();
    expect(await page.locator("h1").textContent()).toBe("Look into your inbox");

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
