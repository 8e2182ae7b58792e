import { ScanCommand } from "@aws-sdk/lib-dynamodb";
import type { Context } from "aws-lambda";
import { beforeEach, expect, test, vi } from "vitest";
import type { Business } from "../core/businesses.ts";
import { documents, tableName } from "../core/store.ts";
import { addSeconds } from "../core/time.ts";
import { handler } from "../functions/send-letters.ts";
import { useBus } from "./support/bus.ts";
import { useDatabase } from "./support/database.ts";
import { useKeys } from "./support/keys.ts";
import { forgetLimits } from "./support/limits.ts";
import { form, secret, textOf, visit } from "./support/links.ts";
import { useSes } from "./support/ses.ts";
import { aBusiness, saveBusiness } from "./support/shop.ts";

vi.hoisted(() => {
  process.env.POWERTOOLS_LOG_LEVEL = "SILENT";
});

useDatabase();
const bus = useBus();
const ses = useSes();
useKeys(secret);

const now = "2026-11-24T02:00:00.000Z";
let shops: Business[];
const at = (seconds: number) =>
  vi.useFakeTimers({ now: new Date(addSeconds(now, seconds)), toFake: ["Date"] });

beforeEach(async () => {
  at(0);
  await forgetLimits();
  shops = await Promise.all(Array.from({ length: 8 }, () => saveBusiness(aBusiness())));
});

const shop = (index: number): Business => {
  const found = shops[index % shops.length];
  if (!found) throw new Error("There are no shops");
  return found;
};

/** Someone types an address into the form of a shop; what the shop sends follows at once. */
async function signUp(email: string, { index = 0, ip = "203.0.113.7" } = {}) {
  const page = await visit(`/join/${shop(index).id}`, { ...form([["email", email]]), ip });
  await deliver();
  return page;
}
async function deliver(): Promise<void> {
  const raised = bus.events.filter(({ type }) => type === "sign-up.requested");
  bus.events.length = 0;
  for (const { type, detail } of raised) await invoke(type, detail);
}
const invoke = (type: string, detail: unknown) =>
  handler({ "detail-type": type, detail }, { getRemainingTimeInMillis: () => 60_000 } as Context);

test("one victim at eight shops gets three letters an hour and five a day, and every page says the same", async () => {
  const everywhere = async () => {
    const pages = [];
    for (const index of shops.keys()) {
      const page = await signUp("victim@example.com", { index, ip: `198.51.100.${index}` });
      pages.push(JSON.stringify(page).replaceAll(shop(index).id, "biz_"));
    }
    expect(new Set(pages).size).toBe(1);
    return ses.mails.length;
  };
  expect(await everywhere()).toBe(3);
  at(1800);
  expect(await everywhere()).toBe(3);
  at(3600);
  expect(await everywhere()).toBe(5);
  at(7200);
  expect(await everywhere()).toBe(5);
  at(24 * 3600);
  expect(await everywhere()).toBe(8);
});

test.each([
  ["from one place", () => "203.0.113.7"],
  ["from many places", (index: number) => `198.51.100.${index}`],
])("tags bring one victim no more letters, %s", async (_, placeOf) => {
  for (let index = 0; index < 29; index++) {
    at(index * 120);
    const page = await signUp(`victim+${index}@example.com`, { ip: placeOf(index) });
    expect(page.statusCode).toBe(200);
  }
  expect(ses.mails).toHaveLength(3);
});

test.each([
  [
    "dots and the other name of Gmail",
    [
      "ani.lestari@gmail.com",
      "a.nilestari@googlemail.com",
      "anilestari@gmail.com",
      "AniLestari+1@GoogleMail.com",
    ],
  ],
  ["capitals", ["ani@example.com", "ANI@example.com", "ani@EXAMPLE.COM", "Ani@Example.Com"]],
  [
    "names of domains in other scripts",
    [
      "ani@xn--mnchen-3ya.com",
      "ani@XN--mnchen-3ya.com",
      "ani+1@xn--mnchen-3ya.com",
      "Ani@xn--MNCHEN-3ya.com",
    ],
  ],
])("%s are no other mailbox", async (_, spellings) => {
  for (const [index, spelling] of spellings.entries()) await signUp(spelling, { index });
  expect(ses.mails).toHaveLength(3);
});

test("a letter goes to the address as it was typed, with its tag and dots", async () => {
  await signUp("Ani.Lestari+kopi@gmail.com");
  expect(ses.mails.map(({ to }) => to)).toEqual(["ani.lestari+kopi@gmail.com"]);
});

test("someone else gets their letter: a colleague, a namesake elsewhere, and with a dot where dots count", async () => {
  for (let index = 0; index < 4; index++) await signUp("ani@kantor.example", { index });
  ses.mails.length = 0;
  const others = ["budi@kantor.example", "ani@toko.example", "a.ni@kantor.example", "an@kantor.example"];
  for (const email of others) await signUp(email);
  expect(ses.mails.map(({ to }) => to)).toEqual(others);
});

test("letters that SES does not take yet use up nobody's, however often they are tried", async () => {
  ses.refusing(8, "TooManyRequestsException");
  await visit(`/join/${shop(0).id}`, form([["email", "ani@example.com"]]));
  const [{ type, detail } = { type: "", detail: {} }] = bus.events;
  for (let time = 0; time < 8; time++) {
    await expect(invoke(type, detail)).rejects.toThrow("SES did not take the letter");
  }
  await deliver();
  await signUp("ani@example.com", { index: 1 });
  await signUp("ani@example.com", { index: 2 });
  expect(ses.mails).toHaveLength(3);
});

test("from one place a hundred and twenty an hour are taken by all shops together", async () => {
  for (let count = 0; count < 120; count++) {
    const email = `a${count}@example.com`;
    const page = await visit(`/join/${shop(count).id}`, {
      ...form([["email", email]]),
      ip: `2001:db8:1:2::${count}`,
    });
    expect(page.statusCode).toBe(200);
  }
  const refused = await signUp("more@example.com", { ip: "2001:db8:1:2::ffff" });
  expect(refused.statusCode).toBe(429);
  expect(textOf(refused)).toContain("Please try again later");
  expect((await signUp("more@example.com", { ip: "2001:db8:1:3::1" })).statusCode).toBe(200);
});

test("what is counted keeps nobody's address", async () => {
  await signUp("ani.lestari@gmail.com");
  const { Items = [] } = await documents.send(new ScanCommand({ TableName: tableName("limits") }));
  expect(Items.length).toBeGreaterThan(4);
  expect(JSON.stringify(Items)).not.toMatch(/lestari|gmail|203\.0/);
});
