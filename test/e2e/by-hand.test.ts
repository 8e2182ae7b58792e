import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { chromiumIsHere, useBrowser } from "../support/browser.ts";
import { finger, tabTo } from "../support/hands.ts";
import { useHost } from "../support/host.ts";
import { addressesIn } from "../support/scanner.ts";
import { story } from "../support/story.ts";

const host = useHost({ now: "2026-11-24T01:00:00Z" });
const browser = useBrowser();
let shop: { business: string; key: string };
const owner = story(host, () => shop.key);
const ids: Record<string, string> = {};

beforeAll(async () => {
  if (!chromiumIsHere) return;
  shop = await host.shop({ locale: "en", signUp: { open: true, doubleOptIn: true } });
  for (const name of ["ani", "budi", "citra", "dewi", "eka", "fitri", "gita"]) {
    ids[name] = await owner.customer({ email: `${name}@example.com`, name, nickname: name });
  }
  await owner.run(await owner.campaign({ kind: "broadcast", template: "broadcast", topic: "news" }));
});

/** The link of this kind in the latest mail to somebody that has one. */
function linkOf(name: string, kind: string): string {
  const addresses = host.mails(`${name}@example.com`).map(addressesIn).reverse().flat();
  const link = addresses.find((address) => address.includes(`/${kind}/`));
  if (!link) throw new Error(`${name} has no link /${kind}/`);
  return link;
}
const stored = (name: string) => owner.ask(`GET /v1/customers/${ids[name]}`);
const isGone = async (name: string) =>
  (await host.request(`GET /v1/customers/${ids[name]}`, { key: shop.key })).status === 404;
const title = (page: Page) => page.locator("h1").innerText();
const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name }).last();

describe.skipIf(!chromiumIsHere)(
  "on a phone, without JavaScript, after the link in the mail",
  { timeout: 60_000 },
  () => {
    const open = async (link: string) => {
      const page = await browser.open(375, { hasTouch: true, isMobile: true, deviceScaleFactor: 2 });
      await page.goto(link);
      return { page, hand: finger() };
    };

    test("one tap unsubscribes, and one more undoes it", async () => {
      const { page, hand } = await open(linkOf("ani", "u"));
      await hand.follow(button(page, "Unsubscribe from everything"));
      expect(await stored("ani")).toMatchObject({ consent: "unsubscribed" });
      expect(hand.taps).toBe(1);
      await hand.follow(button(page, "Undo"));
      expect(await stored("ani")).toMatchObject({ consent: "subscribed" });
      expect(hand.taps).toBe(2);
    });

    test("one tap stops the mail's topic; any other takes two, on the page of preferences", async () => {
      const { page, hand } = await open(linkOf("ani", "u"));
      await hand.follow(button(page, /^Stop only/));
      expect(await stored("ani")).toMatchObject({ consent: "subscribed", topics: { news: false } });
      expect(hand.taps).toBe(1);

      const { page: preferences, hand: other } = await open(linkOf("ani", "p"));
      await other.tap(preferences.locator("label", { hasText: "Special offers" }));
      await other.follow(button(preferences, "Save"));
      expect(await stored("ani")).toMatchObject({ topics: { news: false, offers: false } });
      expect(other.taps).toBe(2);
    });

    test("one tap has a link mailed, by which one more shows what is kept of them, downloads or erases it", async () => {
      const { page: asking, hand: first } = await open(linkOf("budi", "p"));
      await first.follow(button(asking, "Email me a link to my data"));
      expect(await title(asking)).toBe("Look into your inbox");
      expect(first.taps).toBe(1);
      await host.host.idle();

      const { page, hand } = await open(linkOf("budi", "d"));
      await hand.follow(button(page, "See my data"));
      expect(await title(page)).toBe("Your data");
      expect(await page.locator("main").innerText()).toContain("budi@example.com");
      expect(hand.taps).toBe(1);

      const { page: saving, hand: other } = await open(linkOf("budi", "d"));
      const coming = saving.waitForEvent("download");
      await other.tap(button(saving, "Download my data"));
      const download = await coming;
      expect(download.suggestedFilename()).toBe("my-data.json");
      expect(JSON.parse(await readFile(await download.path(), "utf8"))).toMatchObject({
        customer: { email: "budi@example.com" },
        sends: [{ campaignName: "A campaign" }],
      });
      expect(other.taps).toBe(1);

      await first.follow(asking.getByRole("link", { name: /^en/ }));
      await first.follow(button(asking, "Email me a link to erase my data"));
      await host.host.idle();
      const { page: erasing, hand: last } = await open(linkOf("budi", "e"));
      expect(await isGone("budi")).toBe(false);
      await last.follow(button(erasing, "Yes, erase everything"));
      expect(await title(erasing)).toBe("Your data is erased");
      expect(await isGone("budi")).toBe(true);
      expect(last.taps).toBe(1);
      // The receipt that the page shows is the owner's too.
      const receipt = await erasing.locator("dd").innerText();
      expect((await owner.ask(`GET /v1/erasures/${receipt}`)).id).toBe(receipt);
    });

    test("two taps tell how it was", async () => {
      const { page, hand } = await open(linkOf("citra", "r"));
      await hand.tap(page.locator("label", { hasText: "4 of 5 stars" }));
      await hand.follow(button(page, "Send"));
      expect(await title(page)).toBe("Thank you!");
      expect(hand.taps).toBe(2);
      const { items } = await owner.ask("GET /v1/responses?kind=rating");
      expect(items).toContainEqual(expect.objectContaining({ customer: ids.citra, stars: 4 }));
    });

    test("somebody new joins by their address and one tap, and confirms by one", async () => {
      const { page, hand } = await open(`${host.host.publicUrl}/join/${shop.business}`);
      await page.getByLabel("Email address").fill("ika@example.com");
      await hand.follow(button(page, "Subscribe"));
      expect(await title(page)).toBe("Look into your inbox");
      await host.host.idle();
      const { page: confirming, hand: other } = await open(linkOf("ika", "c"));
      await other.follow(button(confirming, "Yes, subscribe me"));
      expect(await title(confirming)).toBe("You are subscribed");
      expect([hand.taps, other.taps]).toEqual([1, 1]);
      const { items } = await owner.ask("GET /v1/customers?email=ika%40example.com");
      expect(items).toMatchObject([{ consent: "subscribed" }]);
    });
  },
);

describe.skipIf(!chromiumIsHere)("by keyboard alone, without JavaScript", { timeout: 60_000 }, () => {
  const open = async (link: string) => {
    const page = await browser.open(1280);
    await page.goto(link);
    const press = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key);
    };
    /** Goes to a button and presses it; the page that follows is there when this returns. */
    const enter = async (selector: string) => {
      await tabTo(page, selector);
      await Promise.all([page.waitForEvent("domcontentloaded"), press("Enter")]);
    };
    const to = (selector: string) => tabTo(page, selector);
    return { page, to, enter, press, type: (text: string) => page.keyboard.type(text) };
  };

  test("a customer unsubscribes, undoes it, does it after all, and says why", async () => {
    const { page, to, enter, press, type } = await open(linkOf("dewi", "u"));
    await enter("[name=confirm]");
    expect(await stored("dewi")).toMatchObject({ consent: "unsubscribed" });
    await enter("[value=undo]");
    expect(await title(page)).toBe("Undone");
    expect(await stored("dewi")).toMatchObject({ consent: "subscribed" });
    await page.goto(linkOf("dewi", "u"));
    await enter("[name=confirm]");
    await to("[name=reason]");
    await press("Space", "ArrowDown");
    await to("[name=words]");
    await type("Not for me");
    await enter("[value=why]");
    expect(await page.getByRole("status").innerText()).toBe("Thank you for telling us.");
    const { items } = await owner.ask("GET /v1/responses?kind=leaving");
    const said = { customer: ids.dewi, reason: "not-interesting", words: "Not for me" };
    expect(items).toContainEqual(expect.objectContaining(said));
  });

  test("a customer sets every preference, the date of a pause among them, and saves", async () => {
    const { page, to, enter, press, type } = await open(linkOf("eka", "p"));
    await to('[name=topic][value="offers"]');
    await press("Space");
    await to("[name=often]");
    await press("ArrowDown", "ArrowDown");
    await to("[name=pausedUntil]");
    await type("12312026");
    await to("[name=language]");
    await press("ArrowUp");
    await to("[name=nickname]");
    await press("ControlOrMeta+a");
    await type("Kaka");
    await to("[name=day]");
    await type("29");
    await to("[name=month]");
    await type("Feb");
    await enter(".keep [value=save]");
    expect(await page.getByRole("status").count()).toBe(1);
    expect(await stored("eka")).toMatchObject({
      topics: { offers: false },
      frequencyCap: { perMonth: 1 },
      pausedUntil: "2026-12-31",
      locale: "id",
      nickname: "Kaka",
      birthday: "02-29",
    });
  });

  test("a customer gives stars by the arrow keys, and words", async () => {
    const { page, to, enter, press, type } = await open(linkOf("fitri", "r"));
    await to("[name=stars]");
    await press("ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft");
    await to("[name=words]");
    await type("Good");
    await enter("main button");
    expect(await page.getByRole("img").getAttribute("aria-label")).toBe("3 of 5 stars");
    const { items } = await owner.ask("GET /v1/responses?kind=rating");
    expect(items).toContainEqual(expect.objectContaining({ customer: ids.fitri, stars: 3, words: "Good" }));
  });

  test("somebody new joins after mending what was wrong, and confirms", async () => {
    const { page, to, enter, press, type } = await open(`${host.host.publicUrl}/join/${shop.business}`);
    await to("[name=email]");
    await type("joko");
    await to("[name=day]");
    await type("31");
    await enter("main button");
    expect(await page.getByRole("alert").count()).toBe(1);
    await to("[name=email][aria-invalid=true][aria-describedby]");
    await press("End");
    await type("@example.com");
    await to("[name=month][aria-invalid=true]");
    await type("Jan");
    await enter("main button");
    expect(await title(page)).toBe("Look into your inbox");
    await host.host.idle();
    await page.goto(linkOf("joko", "c"));
    await enter("[name=confirm]");
    const { items } = await owner.ask("GET /v1/customers?email=joko%40example.com");
    expect(items).toMatchObject([{ consent: "subscribed", birthday: "01-31" }]);
  });

  test("a customer sees their data, goes back, and has it erased", async () => {
    const { page, enter } = await open(linkOf("gita", "p"));
    await enter("[value=mail-export]");
    await page.goto(linkOf("gita", "p"));
    await enter("[value=mail-erasure]");
    await host.host.idle();
    await page.goto(linkOf("gita", "d"));
    await enter("[value=see-data]");
    expect(await page.locator("main").innerText()).toContain("gita@example.com");
    await enter("main a");
    expect(await page.locator("main").innerText()).not.toContain("gita@example.com");
    await page.goto(linkOf("gita", "e"));
    await enter("[value=erase-now]");
    expect(await title(page)).toBe("Your data is erased");
    expect(await isGone("gita")).toBe(true);
  });
});
