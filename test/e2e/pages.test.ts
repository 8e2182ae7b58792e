import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
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
    for (const name of ["ani", "budi", "citra", "dewi", "eka"]) {
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

  test("a link of a mail in the inbox leads, at a click, to the page that it promises", async () => {
    const inbox = await browser.open(1280, { javaScriptEnabled: true });
    await inbox.goto(host.host.inboxUrl);
    await inbox.getByRole("button", { name: "Toggle HTML view" }).first().click();
    const opened = inbox.context().waitForEvent("page");
    await inbox.frameLocator("iframe").first().locator("a[href*='/u/']").click();
    const page = await opened;
    expect(await page.locator("h1").textContent()).toMatch(/^(Unsubscribe|Berhenti berlangganan)\?$/);
  });

  test("looking at the unsubscribe page changes nothing; its button unsubscribes, at the second tap", async () => {
    const page = await browser.open(375);
    await page.goto(linkOf("ani").unsubscribe);
    expect(await consentOf("ani")).toMatchObject({ consent: "subscribed" });
    await page.getByRole("button").first().click();
    expect(await consentOf("ani")).toMatchObject({ consent: "unsubscribed" });
    expect(await page.locator("h1").textContent()).toContain("berhenti");
  });

  test("two taps after the link one topic is off; a third undoes it", async () => {
    const page = await browser.open(375);
    await page.goto(linkOf("citra").unsubscribe);
    await page.getByRole("button", { name: "Stop only “News and new products”" }).click();
    expect(await consentOf("citra")).toMatchObject({ consent: "subscribed", topics: { news: false } });
    await page.getByRole("button", { name: "Undo" }).click();
    expect(await page.locator("h1").textContent()).toBe("Undone");
    expect(await consentOf("citra")).toMatchObject({ consent: "subscribed", topics: {} });
  });

  test("a customer says why they leave, and the report of the mail's run counts it", async () => {
    const page = await browser.open(375);
    await page.goto(linkOf("dewi").unsubscribe);
    await page.getByRole("button", { name: "Unsubscribe from everything" }).click();
    await page.getByLabel("Too many emails").check();
    await page.getByLabel("Anything to add?").fill("Every day!");
    await page.getByRole("button", { name: "Send" }).click();
    expect(await page.getByRole("status").textContent()).toBe("Thank you for telling us.");
    const { items } = await owner.ask("GET /v1/runs");
    const { outcomes } = await owner.ask(`GET /v1/runs/${items[0].id}`);
    expect(outcomes.left).toMatchObject({ "too-many": 1 });
  });

  test("a customer turns a topic off and pauses for a month on the preferences page", async () => {
    const page = await browser.open(375);
    await page.goto(linkOf("budi").preferences);
    await page.getByLabel("News and new products").uncheck();
    await page.getByRole("button", { name: /save/i }).click();
    expect(await consentOf("budi")).toMatchObject({ consent: "subscribed", topics: { news: false } });
    await page.getByRole("button", { name: /month off/i }).click();
    expect(await consentOf("budi")).toMatchObject({ pausedUntil: "2026-12-24" });
  });

  test("by keyboard alone a customer fills in the preferences, and Enter saves them without pausing", async () => {
    const page = await browser.open(1280, { javaScriptEnabled: true });
    await page.goto(linkOf("citra").preferences);
    const focused = async (selector: string) => {
      for (let presses = 0; presses < 40; presses++) {
        await page.keyboard.press("Tab");
        const [isThere, outline] = (await page.evaluate(
          `[document.activeElement.matches(${JSON.stringify(selector)}), getComputedStyle(document.activeElement).outlineStyle]`,
        )) as [boolean, string];
        expect(outline).toBe("solid");
        if (isThere) return;
      }
      throw new Error(`Tab never reaches ${selector}`);
    };
    await focused('[name=topic][value="offers"]');
    await page.keyboard.press("Space");
    await focused("[name=often]");
    await page.keyboard.press("ArrowDown");
    await focused("[name=nickname]");
    await page.keyboard.type("Cici");
    await focused("[name=day]");
    await page.keyboard.type("29");
    await focused("[name=month]");
    await page.keyboard.type("Feb");
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Enter");
    await page.getByRole("status").waitFor();
    const saved = await consentOf("citra");
    expect(saved).toMatchObject({
      topics: { offers: false },
      frequencyCap: { perWeek: 1 },
      nickname: "Cici",
      birthday: "02-29",
    });
    expect(saved).not.toHaveProperty("pausedUntil");
  });

  /** Presses a button that asks for a link by mail, and returns the link that came. */
  const mailed = async (page: Page, button: string, kind: "d" | "e") => {
    await page.goto(linkOf("eka").preferences);
    await page.getByRole("button", { name: button }).click();
    await host.host.idle();
    const letter = host.mails("eka@example.com").at(-1);
    const [link = ""] = new RegExp(`https?://\\S+/${kind}/[\\w.~-]+`).exec(letter?.body.text ?? "") ?? [];
    return link;
  };

  test("a customer downloads their data by a link that is mailed for it, and is erased by another", async () => {
    const page = await browser.open(375);
    await page.goto(await mailed(page, "Email me a link to my data", "d"));
    const coming = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download my data" }).click();
    const file = await coming;
    expect(file.suggestedFilename()).toBe("my-data.json");
    const { customer } = JSON.parse(readFileSync(await file.path(), "utf8"));
    expect(customer.email).toBe("eka@example.com");

    await page.goto(await mailed(page, "Email me a link to erase my data", "e"));
    expect(await consentOf("eka")).toMatchObject({ consent: "subscribed" });
    await page.getByRole("button", { name: "Yes, erase everything" }).click();
    expect(await page.locator("h1").textContent()).toBe("Your data is erased");
    const number = await page.locator("dd").textContent();
    expect(await consentOf("eka")).toBeUndefined();

    await host.host.idle();
    expect(await owner.ask(`GET /v1/erasures/${number}`)).toMatchObject({
      customer: customer.id,
      way: "link",
      finishedAt: expect.any(String),
      removed: { identities: 1, sends: 1 },
    });
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
