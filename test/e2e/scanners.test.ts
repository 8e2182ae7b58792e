import { beforeAll, describe, expect, test } from "vitest";
import { chromiumIsHere, useBrowser } from "../support/browser.ts";
import { useHost } from "../support/host.ts";
import { addressesIn, scan } from "../support/scanner.ts";
import { everyKind, story } from "../support/story.ts";

// 08:00 in Jakarta.
const host = useHost({ now: "2026-11-24T01:00:00Z" });
const browser = useBrowser();
let shop: { business: string; key: string };
const owner = story(host, () => shop.key);
/** Where people are taken in without being asked to confirm. */
let trusting: { business: string; key: string };

const join = (business: string, email: string) =>
  fetch(`${host.host.publicUrl}/join/${business}`, { method: "POST", body: new URLSearchParams({ email }) });
const mailTo = (email: string, at: number) => {
  const mail = host.mails(email).at(at);
  if (!mail) throw new Error(`There is no mail ${at} to ${email}`);
  return mail;
};

beforeAll(async () => {
  shop = await host.shop({ signUp: { open: true, doubleOptIn: true } });
  trusting = await host.shop({ signUp: { open: true, doubleOptIn: false } });
  await owner.ask("PUT /v1/items/gayo", {
    name: "Kopi Gayo",
    category: "Coffee",
    price: { amount: 2_500_000, currency: "IDR" },
  });
  for (const locale of ["id", "en"]) {
    const email = `${locale}@example.com`;
    await owner.customer({ email, name: "Ani", birthday: "11-24", locale });
    await owner.order(email, "2026-05-01T10:00:00+07:00");
  }
  for (const kind of everyKind) await owner.run(await owner.campaign(kind));
  // Someone new, someone known, and someone who is taken in at once.
  await join(shop.business, "dewi@example.com");
  await join(shop.business, "id@example.com");
  await join(trusting.business, "eka@example.com");
  const rating = addressesIn(mailTo("en@example.com", 0)).find((one) => one.includes("/r/")) ?? "";
  await fetch(rating, { method: "POST", body: new URLSearchParams({ stars: "2", words: "Cold" }) });
  const { items } = await owner.ask("GET /v1/responses");
  await owner.ask(`POST /v1/responses/${items[0].id}/answer`, { text: "Sorry!" });
  await host.host.idle();
}, 120_000);

/** All that the API tells of every customer, of what they said, and of the mails' runs. */
async function everything() {
  const told = [];
  for (const { ask } of [owner, story(host, () => trusting.key)]) {
    const { items } = await ask("GET /v1/customers?limit=100");
    for (const { id } of items) {
      // What a customer is given to take along, which is all that is kept, but for when they asked.
      const { exportedAt: _, ...kept } = await ask(`GET /v1/customers/${id}/export`);
      told.push(kept, await ask(`GET /v1/customers/${id}`));
      told.push(await ask(`GET /v1/customers/${id}/consent`), await ask(`GET /v1/customers/${id}/sends`));
    }
    const { items: runs } = await ask("GET /v1/runs");
    for (const { id } of runs) told.push(await ask(`GET /v1/runs/${id}`));
    told.push(await ask("GET /v1/responses"));
    told.push(await ask("GET /v1/erasures"));
  }
  return told;
}
const subjects = () => host.mails().map(({ subject }) => subject);

test("the inbox has every kind of mail, and its links lead to every kind of page", () => {
  expect(subjects()).toHaveLength(12);
  const all = host.mails().flatMap(addressesIn);
  for (const kind of ["u", "p", "r", "c"]) {
    expect(all.filter((address) => address.includes(`/${kind}/`)).length).toBeGreaterThan(0);
  }
});

test("a scanner that follows every link of every mail, and ten at once, change nothing", async () => {
  const before = await everything();
  const mails = subjects();
  const { publicUrl } = host.host;
  const followed = await scan(publicUrl, host.mails().flatMap(addressesIn));
  // Each mail's own three, the letters', and those on their pages: in the other language, and to the preferences.
  expect(followed.length).toBeGreaterThan(60);
  const latest = mailTo("en@example.com", -2);
  const letter = mailTo("dewi@example.com", 0);
  await Promise.all(
    Array.from({ length: 10 }, () => scan(publicUrl, [...addressesIn(latest), ...addressesIn(letter)])),
  );
  await host.host.idle();
  expect(await everything()).toEqual(before);
  expect(subjects()).toEqual(mails);
});

describe.skipIf(!chromiumIsHere)("a scanner with a browser that runs JavaScript", { timeout: 60_000 }, () => {
  const study = async (address: string) => {
    const page = await browser.open(1280, { javaScriptEnabled: true });
    const answer = await page.goto(address, { waitUntil: "networkidle" });
    expect(answer?.status(), "of a page that is there").toBe(200);
    await page.evaluate("for (let y = 0; y < document.body.scrollHeight; y += 200) scrollTo(0, y)");
    // The whole page at once, so that the mouse passes over all that is on it.
    await page.setViewportSize({ width: 1280, height: 2500 });
    for (const x of [450, 640, 830]) {
      await page.mouse.move(x, 0);
      await page.mouse.move(x, 2400, { steps: 80 });
    }
    await page.close();
  };

  test("opens every kind of page, waits, scrolls and hovers over all, and changes nothing", async () => {
    const before = await everything();
    const addresses = [
      mailTo("en@example.com", -2),
      mailTo("dewi@example.com", 0),
      mailTo("eka@example.com", 0),
    ]
      .flatMap(addressesIn)
      .filter((address) => address.startsWith(host.host.publicUrl));
    addresses.push(`${host.host.publicUrl}/join/${shop.business}?source=instagram`);
    expect(addresses).toHaveLength(7);
    await Promise.all(addresses.map(study));
    await host.host.idle();
    expect(await everything()).toEqual(before);
  });
});
