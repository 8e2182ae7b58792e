import { beforeAll, describe, expect, test } from "vitest";
import { chromiumIsHere, overflow, useBrowser, widths } from "../support/browser.ts";
import { useHost } from "../support/host.ts";
import { header, story } from "../support/story.ts";

describe.skipIf(!chromiumIsHere)("in a browser without JavaScript", { timeout: 60_000 }, () => {
  const host = useHost({ now: "2026-11-24T01:00:00Z" });
  const browser = useBrowser();
  let shop: { business: string; key: string };
  const owner = story(host, () => shop.key);
  const templates = ["birthday", "winback", "new-items", "broadcast"] as const;

  beforeAll(async () => {
    shop = await host.shop();
    for (const name of ["ani", "budi"]) {
      await owner.customer({ email: `${name}@example.com`, name, locale: name === "ani" ? "id" : "en" });
    }
    const campaign = await owner.campaign({ kind: "broadcast", template: "broadcast", topic: "news" });
    await owner.run(campaign);
  });

  const linkOf = (name: string) => {
    const [mail] = host.mails(`${name}@example.com`);
    const unsubscribe = /^<(.+)>$/.exec(header(mail ?? {}, "List-Unsubscribe") ?? "")?.[1] ?? "";
    const preferences = /https?:\/\/\S+\/p\/[\w.-]+/.exec(mail?.body.text ?? "")?.[0] ?? "";
    return { unsubscribe, preferences };
  };
  const consentOf = async (name: string) =>
    (await owner.ask(`GET /v1/customers?email=${name}%40example.com`)).items[0];

  test.each(widths)("every built-in mail fits a window of %i pixels", async (width) => {
    const page = await browser.open(width, { javaScriptEnabled: true });
    for (const template of templates) {
      for (const locale of ["id", "en"]) {
        const { html } = await owner.ask(`POST /v1/templates/${template}/preview`, { locale });
        await page.setContent(html);
        expect(await overflow(page), `${template} ${locale}`).toBe(0);
        expect(await page.locator("html").getAttribute("lang")).toBe(locale);
      }
    }
  });

  test.each(widths)("both pages fit a window of %i pixels, in both languages", async (width) => {
    for (const name of ["ani", "budi"]) {
      for (const link of Object.values(linkOf(name))) {
        const page = await browser.open(width, { javaScriptEnabled: true });
        await page.goto(link);
        expect(await overflow(page)).toBe(0);
        expect(await page.locator("html").getAttribute("lang")).toBe(name === "ani" ? "id" : "en");
      }
    }
  });

  test("looking at the unsubscribe page changes nothing; its button unsubscribes, at the second tap", async () => {
    const page = await browser.open(375);
    await page.goto(linkOf("ani").unsubscribe);
    expect(await consentOf("ani")).toMatchObject({ consent: "subscribed" });
    await page.getByRole("button").first().click();
    expect(await consentOf("ani")).toMatchObject({ consent: "unsubscribed" });
    expect(await page.locator("h1").textContent()).toContain("berhenti");
  });

  test("a customer turns a topic off and pauses for a month on the preferences page", async () => {
    const page = await browser.open(375);
    await page.goto(linkOf("budi").preferences);
    await page.getByLabel("News and new products").uncheck();
    await page.getByRole("button", { name: /save/i }).click();
    expect(await consentOf("budi")).toMatchObject({ consent: "subscribed", topics: { news: false } });
    await page.getByLabel(/month off/i).check();
    await page.getByRole("button", { name: /save/i }).click();
    expect(await consentOf("budi")).toMatchObject({ pausedUntil: "2026-12-24" });
  });

  test.each(widths)(
    "the API's reference fits a window of %i pixels and asks no other host",
    async (width) => {
      const page = await browser.open(width, { javaScriptEnabled: true });
      const asked: string[] = [];
      page.on("request", (request) => asked.push(new URL(request.url()).origin));
      await page.goto(`${host.host.apiUrl}/docs`);
      expect(await overflow(page)).toBe(0);
      expect(new Set(asked)).toEqual(new Set([host.host.apiUrl]));
    },
  );
});
