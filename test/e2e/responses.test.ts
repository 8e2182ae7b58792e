import { beforeAll, describe, expect, test } from "vitest";
import { chromiumIsHere, useBrowser } from "../support/browser.ts";
import { useHost } from "../support/host.ts";
import { story } from "../support/story.ts";

const host = useHost({ now: "2026-11-24T01:00:00Z" });
let shop: { business: string; key: string };
const owner = story(host, () => shop.key);
const browser = useBrowser();
let run: string;
let link: string;

beforeAll(async () => {
  shop = await host.shop();
  await owner.customer({ email: "ani@example.com", name: "Ani" });
  await owner.customer({ email: "budi@example.com", name: "Budi" });
  const campaign = await owner.campaign({ kind: "broadcast", template: "broadcast", topic: "news" });
  run = (await owner.run(campaign)).id;
  link = linkIn("ani@example.com", "r");
});

const linkIn = (address: string, kind: string) =>
  new RegExp(`https?://\\S+/${kind}/[\\w.~-]+`).exec(host.mails(address)[0]?.body.text ?? "")?.[0] ?? "";
const post = async (url: string, fields: Record<string, string>) => {
  const answer = await fetch(url, { method: "POST", body: new URLSearchParams(fields) });
  expect(answer.status).toBe(200);
  await host.host.idle();
};

test("a customer's complaint reaches the owner, whose answer reaches the customer, until it is closed", async () => {
  await post(link, { stars: "1", words: "Kopinya dingin" });

  const { items } = await owner.ask("GET /v1/responses?complaint=true");
  expect(items).toMatchObject([{ kind: "rating", stars: 1, words: "Kopinya dingin", run, state: "open" }]);
  const [{ id }] = items;

  await owner.ask(`POST /v1/responses/${id}/answer`, { text: "Maaf, Bu Ani. Cangkir berikutnya dari kami." });
  await host.host.idle();
  const mails = host.mails("ani@example.com");
  expect(mails).toHaveLength(2);
  expect(mails[1]).toMatchObject({ subject: "Jawaban dari Kopi Senja" });
  expect(mails[1]?.body.text).toContain("Cangkir berikutnya dari kami.");
  expect(mails[1]?.body.text).toContain("> Kopinya dingin");

  await owner.ask(`POST /v1/responses/${id}/close`);
  expect((await owner.ask("GET /v1/responses?complaint=true")).items).toEqual([]);
});

test("the run's report tells how it was liked, who left by it and why; undoing takes that back", async () => {
  const leaving = linkIn("budi@example.com", "u");
  await post(leaving, { confirm: "yes" });
  await post(leaving, { action: "why", reason: "too-many" });

  expect((await owner.ask(`GET /v1/runs/${run}`)).outcomes).toMatchObject({
    unsubscribed: 1,
    left: { "too-many": 1 },
    ratings: { 1: 1 },
    averageRating: 1,
  });
  const page = await (await fetch(leaving)).text();
  const left = /name="left" value="([^"]+)"/.exec(page)?.[1] ?? "";
  await post(leaving, { action: "undo", left });
  expect((await owner.ask(`GET /v1/runs/${run}`)).outcomes).toMatchObject({ unsubscribed: 0, left: {} });
});

describe.skipIf(!chromiumIsHere)("in a browser without JavaScript", { timeout: 60_000 }, () => {
  const linkOfBudi = () => linkIn("budi@example.com", "r");

  test("a customer rates by keyboard alone, and finds what they said when they come back", async () => {
    const page = await browser.open(375);
    await page.goto(`${linkOfBudi()}?lang=en`);
    await page.getByRole("radio", { name: "1 of 5 star" }).focus();
    for (let star = 1; star < 4; star++) await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Tab");
    await page.keyboard.type("Enak!");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Thank you!" }).waitFor();

    await page.getByRole("link", { name: "Change my rating" }).click();
    expect(await page.getByRole("radio", { name: "4 of 5 stars" }).isChecked()).toBe(true);
    expect(await page.getByRole("textbox").inputValue()).toBe("Enak!");
  });
});
