import { beforeAll, expect, test } from "vitest";
import { useHost } from "../support/host.ts";
import { header, story } from "../support/story.ts";

const host = useHost({ now: "2026-11-24T01:00:00Z" });
let shop: { business: string; key: string };
const owner = story(host, () => shop.key);
const names = ["ani", "budi", "citra", "dewi"];
const crowd = Array.from({ length: 120 }, (_, number) => `guest-${number}`);
const ids = new Map<string, string>();

beforeAll(async () => {
  shop = await host.shop();
  const add = async (name: string) => {
    ids.set(name, await owner.customer({ email: `${name}@example.com`, name: "Ani" }));
  };
  for (const wave of wavesOf([...names, ...crowd], 25)) await Promise.all(wave.map(add));
  await owner.run(await owner.campaign({ kind: "broadcast", template: "broadcast", topic: "news" }));
}, 120_000);

const wavesOf = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, at) => all.slice(at * size, (at + 1) * size));
const linkOf = (name: string) => {
  const [mail] = host.mails(`${name}@example.com`);
  return /^<(.+)>$/.exec(header(mail ?? {}, "List-Unsubscribe") ?? "")?.[1] ?? "";
};
const consentOf = async (name: string): Promise<string> =>
  (await owner.ask(`GET /v1/customers/${ids.get(name)}`)).consent;
const leavingsOf = async (name: string) => {
  const { items } = await owner.ask(`GET /v1/customers/${ids.get(name)}/consent`);
  return items.filter((entry: { consent?: string }) => entry.consent === "unsubscribed");
};

const urlencoded = () => new URLSearchParams({ "List-Unsubscribe": "One-Click" });
const multipart = () => {
  const body = new FormData();
  body.set("List-Unsubscribe", "One-Click");
  return body;
};
/** As a mail program posts: without cookies or authorisation, and following no redirect. */
const oneClick = (url: string, body: URLSearchParams | FormData = urlencoded()) =>
  fetch(url, { method: "POST", body, redirect: "manual", credentials: "omit" });

test.each([
  ["urlencoded", urlencoded, "ani"],
  ["multipart", multipart, "budi"],
])(
  "a %s one-click unsubscribes before it is answered, without a cookie or a redirect",
  async (_, body, name) => {
    const answer = await oneClick(linkOf(name), body());
    expect(await consentOf(name)).toBe("unsubscribed");
    expect(answer.status).toBe(200);
    for (const header of ["location", "refresh", "set-cookie", "www-authenticate"]) {
      expect(answer.headers.get(header), header).toBeNull();
    }
    expect(await answer.text()).not.toMatch(/http-equiv="refresh"/i);
    expect(await leavingsOf(name)).toMatchObject([{ way: "one-click", was: "subscribed" }]);
  },
);

test("a one-click that comes again, in whichever form, is answered alike and adds nothing", async () => {
  for (const body of [urlencoded(), multipart(), urlencoded()]) {
    expect((await oneClick(linkOf("citra"), body)).status).toBe(200);
  }
  expect(await consentOf("citra")).toBe("unsubscribed");
  expect(await leavingsOf("citra")).toHaveLength(1);
});

test("a one-click of somebody who is erased does no harm and tells nothing, not even that they were there", async () => {
  const link = linkOf("dewi");
  await owner.ask(`DELETE /v1/customers/${ids.get("dewi")}`);
  const forged = `${link.slice(0, -1)}${link.endsWith("A") ? "B" : "A"}`;
  for (const body of [urlencoded, multipart]) {
    const [answer, other] = [await oneClick(link, body()), await oneClick(forged, body())];
    expect(answer.status).toBe(404);
    expect(await answer.text()).toBe(await other.text());
  }
  await host.host.idle();
  const { items } = await owner.ask("GET /v1/customers?email=dewi%40example.com");
  expect(items).toEqual([]);
});

test("a crowd at once, every other one twice, are each unsubscribed when their answer is there, by one entry", async () => {
  const leave = async (name: string) => {
    const answer = await oneClick(linkOf(name));
    return { name, status: answer.status, consent: await consentOf(name) };
  };
  for (const wave of wavesOf(crowd, 60)) {
    // Every other one's mail program tries twice.
    const twice = wave.filter((_, at) => at % 2 === 0);
    const answers = await Promise.all([...wave, ...twice].map(leave));
    expect(answers.filter(({ status, consent }) => status !== 200 || consent !== "unsubscribed")).toEqual([]);
    const entries = await Promise.all(wave.map(leavingsOf));
    expect(new Set(entries.map(({ length }) => length))).toEqual(new Set([1]));
  }
  const { items } = await owner.ask("GET /v1/runs");
  expect((await owner.ask(`GET /v1/runs/${items[0].id}`)).outcomes.unsubscribed).toBe(123);
}, 60_000);
