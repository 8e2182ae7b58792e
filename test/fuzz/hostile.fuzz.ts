import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { operations } from "../../functions/http/operations.ts";
import type { Route } from "../../functions/http/route.ts";
import { bombBodies } from "../names/bombs.ts";
import { useHost } from "../support/host.ts";
import { bodyOf, filled, type Ids, parametersOf, schemaOf } from "../support/requests.ts";
import { story } from "../support/story.ts";
import { budget, withinBudget } from "./budget.ts";
import { bombsInMails, encoded, fitsHeader, textsFor } from "./corpus.ts";
import { heavy } from "./heavy.ts";
import { holesIn } from "./holes.ts";
import { patient } from "./patient.ts";
import { seeded } from "./seed.ts";
import { linkOf, open } from "./two-shops.ts";

const host = useHost({ now: "2026-11-24T01:00:00Z", change: patient });
let shop: Awaited<ReturnType<typeof open>>;
let admin: string;
/** Another business, whose settings may become whatever they like. */
let spoilt: string;
let ids: Ids;

beforeAll(async () => {
  shop = await open(host, "hostile", "hostile");
  ids = shop.given.pick(0);
  admin = await host.adminKey();
  spoilt = (await host.shop()).business;
  const attributes = Object.fromEntries(["favourite_drink", "constructor"].map((name) => [name, "text"]));
  await story(host, () => shop.key).ask(`PATCH /v1/businesses/${shop.business}`, { attributes });
  await host.host.idle();
}, 120_000);

/** The dearest answers, by which one sees how far off the budget is. */
const dearest = { cpuMilliseconds: 0, at: "", bytes: 0, largest: "" };
let requests = 0;
afterAll(() => console.log(`${requests} requests; the dearest of them:`, dearest));

/** Asks for something, and holds the answer to the budget; returns it as text. */
async function fetched(url: string, init: RequestInit, what: string) {
  requests += 1;
  const send = async () => {
    const response = await fetch(url, init);
    const bytes = Buffer.from(await response.arrayBuffer());
    return { status: response.status, type: response.headers.get("content-type") ?? "", bytes };
  };
  const { answer, cpuMilliseconds } = await withinBudget(send, host.host.idle);
  const { status, type, bytes } = answer;
  const says = `${what}: ${status} ${bytes.subarray(0, 300)}`;
  expect(status, says).toBeLessThan(500);
  expect(bytes.length, `bytes of ${says}`).toBeLessThanOrEqual(budget.bytes);
  expect(cpuMilliseconds, `CPU of ${says}`).toBeLessThanOrEqual(budget.cpuMilliseconds);
  if (cpuMilliseconds > dearest.cpuMilliseconds) Object.assign(dearest, { cpuMilliseconds, at: what });
  if (bytes.length > dearest.bytes) Object.assign(dearest, { bytes: bytes.length, largest: what });
  return { status, type, text: bytes.toString(), says };
}

type Asked = { route: Route; target?: string; text?: string | undefined; headers?: Record<string, string> };
/** The operations that did what they were asked for, at least once. */
const done = new Set<string>();

/** Asks the API; a refusal must say as problem details what was wrong. Returns what a success answers. */
async function ask({ route, target, text, headers }: Asked, what: string): Promise<{ next?: string }> {
  const isOperators = route.access === "operator" || idsFor(route) !== ids;
  const init = {
    method: route.method,
    headers: {
      authorization: `Bearer ${isOperators ? admin : shop.key}`,
      ...(text !== undefined && { "content-type": "application/json" }),
      ...headers,
    },
    ...(text !== undefined && { body: text }),
  };
  const url = `${host.host.apiUrl}${target ?? filled(route, idsFor(route))}`;
  const { status, type, text: answer, says } = await fetched(url, init, `${route.id}, ${what}`);
  if (status >= 400) {
    expect(type, says).toMatch(/^application\/problem\+json/);
    expect(JSON.parse(answer), says).toMatchObject({
      ...{ status, type: expect.any(String), title: expect.any(String), detail: expect.any(String) },
    });
    return {};
  }
  done.add(route.id);
  if (answer === "") return {};
  const body = JSON.parse(answer);
  if (route.method !== "GET" && !isOperators) shop.given.take(body);
  return body;
}

const idsFor = (route: Route): Ids => (route.id === "updateBusiness" ? { ...ids, business: spoilt } : ids);
const textOf = (route: Route) => (route.body ? JSON.stringify(bodyOf(route, ids)) : undefined);
/** Those that would take away what all others are tried on, if they were asked for what is there. */
const isHarmless = ({ method, id }: Route) => method !== "DELETE" && !/^(restrict|archive|limit)/.test(id);
const withBodies = operations
  .filter(({ body }) => body)
  .map((route): [string, Route, Route["body"]] => [route.id, route, route.body]);

describe("whatever stands in a request, its answer is no fault, says what is wrong, and takes no more than it may", () => {
  test.each(withBodies)("each text in the body of %s", async (_, route, body) => {
    if (!body) return;
    const seen = new Map<string, number>();
    await seeded(async () => {
      for (const { path, fill } of holesIn(schemaOf(body), bodyOf(route, ids))) {
        // The same place in another branch, as in a condition within a condition, is tried with less.
        const earlier = seen.get(path) ?? 0;
        seen.set(path, earlier + 1);
        if (earlier > 1) continue;
        const drawn = textsFor(earlier ? { names: 2, longest: 1 } : { names: 8, longest: 4 });
        const mails = path.endsWith(".mjml") && !earlier ? bombsInMails : [];
        for (const { what, text } of [...drawn, ...mails]) {
          await ask({ route, text: JSON.stringify(fill(text)) }, `${path} is ${what}`);
        }
      }
    });
    expect(seen.size).toBeGreaterThan(0);
  });

  test.each(withBodies)("the body of %s", async (_, route) => {
    for (const [what, text] of Object.entries(bombBodies)) await ask({ route, text }, what);
  });

  test("each part of a path", async () => {
    await seeded(async () => {
      for (const route of operations) {
        for (const parameter of parametersOf(route)) {
          for (const { what, text } of textsFor({ names: 6, longest: 2 })) {
            const path = filled(route, { ...idsFor(route), [parameter]: "~" });
            const target = path.replace("~", encoded(text));
            await ask({ route, target, text: textOf(route) }, `${parameter} is ${what}`);
          }
        }
      }
    });
  });

  test("each query, by name and value", async () => {
    await seeded(async () => {
      for (const route of operations.filter(isHarmless)) {
        for (const name of [...Object.keys(route.query?.shape ?? {}), undefined]) {
          for (const { what, text } of textsFor({ names: 6, longest: 2 })) {
            const query = name === undefined ? `${encoded(text)}=1` : `${name}=${encoded(text)}`;
            const target = `${filled(route, idsFor(route))}?${query}`;
            await ask({ route, target, text: textOf(route) }, `${name ?? "a name"} is ${what}`);
          }
        }
      }
    });
  });

  test("each header that is read", async () => {
    const posts = operations.filter(({ method }) => method === "POST").filter(isHarmless);
    await seeded(async () => {
      for (const route of posts) {
        const read = route.id === "addOrder" ? ["authorization", "content-type"] : [];
        for (const name of ["idempotency-key", ...read]) {
          const texts = textsFor({ names: 3, longest: 0 }).filter(({ text }) => fitsHeader(text));
          for (const { what, text } of texts) {
            // Another one for each operation: a key that was used for another request is refused before all else.
            const headers = { [name]: name === "idempotency-key" ? `${text}${route.id}` : text };
            await ask({ route, text: textOf(route), headers }, `${name} is ${what}`);
          }
        }
      }
    });
  });

  test("each field of the public pages", async () => {
    const mailed = (kind: string) => linkOf(host, "hostile@example.com", kind);
    const join = `${host.host.publicUrl}/join/${shop.business}`;
    const unsubscribe = mailed("u");
    const forms: [string, string[]][] = [
      [join, ["email", "nickname", "birthday", "day", "month", "topic", "shown", "lang"]],
      [unsubscribe, ["confirm", "action", "reason", "words", "List-Unsubscribe"]],
      [mailed("p"), ["action", "topic", "shown", "nickname", "day", "month", "pause"]],
      [mailed("r"), ["stars", "words", "action"]],
    ];
    await seeded(async () => {
      for (const [page, fields] of forms) {
        for (const field of fields) {
          for (const { what, text } of textsFor({ names: 6, longest: 3 })) {
            const body = new URLSearchParams([
              ["email", "guest@example.com"],
              [field, text],
            ]);
            const path = new URL(page).pathname.slice(0, 4);
            await fetched(page, { method: "POST", body }, `POST ${path}, ${field} is ${what}`);
            await fetched(`${page}?${field}=${encoded(text)}`, {}, `GET ${path}, ${field} is ${what}`);
          }
        }
        for (const { what, text } of textsFor({ names: 20, longest: 4 })) {
          await fetched(`${page.slice(0, page.lastIndexOf("/"))}/${encoded(text)}`, {}, `a link is ${what}`);
        }
      }
    });
  });
});

describe("what was kept of it", () => {
  /** Everything that can be read or tried of what is there, in pages as long as they can be. */
  async function readAll(): Promise<void> {
    const gets = operations.filter(({ method }) => method === "GET");
    for (const route of gets) {
      const choices = parametersOf(route).some((name) => name !== "business") ? 4 : 1;
      for (let which = 0; which < choices; which++) {
        const isList = "cursor" in (route.query?.shape ?? {});
        const path = filled(route, { ...shop.given.pick(which), business: shop.business });
        let cursor = "";
        for (let page = 0; page < 40; page++) {
          const { next } = await ask(
            { route, target: `${path}${isList ? `?limit=100${cursor}` : ""}` },
            `page ${page} of what was kept`,
          );
          if (!next) break;
          cursor = `&cursor=${next}`;
        }
      }
    }
    for (const id of ["previewTemplate", "dryRunCampaign", "previewSegment", "explainRun"]) {
      const route = operations.find((one) => one.id === id);
      if (route) await ask({ route, text: textOf(route) }, "of what was kept");
    }
    await host.host.idle();
  }

  test("is read, listed, counted and exported like anything else", readAll);

  test("and the largest that can be kept as well, in answers that are no larger than they may be", async () => {
    await heavy(
      story(host, () => shop.key),
      shop.business,
    );
    await readAll();
    expect(dearest.bytes).toBeGreaterThan(1_000_000);
  });

  test("and nearly every operation was seen at its work", () => {
    const idle = operations.map(({ id }) => id).filter((id) => !done.has(id));
    console.log(`Seen at work: ${done.size}; not: ${idle.join(" ")}`);
    expect(done.size).toBeGreaterThan(operations.length - 16);
  });
});
