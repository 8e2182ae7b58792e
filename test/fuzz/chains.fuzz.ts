import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import type { Route } from "../../functions/http/route.ts";
import { type Answer, useHost } from "../support/host.ts";
import { type Asking, type Chain, chain, type KeyHolder, routeNamed, type Step } from "./chain.ts";
import { patient } from "./patient.ts";
import { rowsOf } from "./rows.ts";
import { seed, seeded, times } from "./seed.ts";
import { deletedKey, narrowKeys, open, pick, type Sent, sentTo } from "./two-shops.ts";

const host = useHost({ now: "2026-11-24T01:00:00Z", change: patient });
let theirs: Awaited<ReturnType<typeof open>>;
let ours: Awaited<ReturnType<typeof open>>;
let keys: Record<KeyHolder, (route: Route) => string>;
/** Stands in what the first business keeps, and in nothing that the second ever sent. */
const marker = "zqsecret";
/** What tells of the first business, and was never said by the second. */
const said = new Set<string>();
/** How many answers there were of each kind, by which one sees whether anything was tried. */
const tried = { theirsDone: 0, oursDone: 0, oursRefused: 0, replayed: 0 };

beforeAll(async () => {
  theirs = await open(host, "theirs", marker);
  ours = await open(host, "ours", "ours");
  const [narrow, old, theirOld] = [
    await narrowKeys(host, ours),
    await deletedKey(host, ours),
    await deletedKey(host, theirs),
  ];
  keys = {
    own: () => ours.key,
    "without the scope": narrow,
    "own, deleted": () => old,
    "theirs, deleted": () => theirOld,
    "their link": () => `sapa_${theirs.link.split("/").at(-1)}`,
  };
  await host.host.idle();
}, 120_000);

let requests = 0;

/** The first business goes about its own work; what it is given is kept. */
async function theyWork(operation: string): Promise<void> {
  const route = routeNamed(operation);
  requests += 1;
  const isList = route.method === "GET" && "cursor" in (route.query?.shape ?? {});
  const repeatable = route.method === "POST" && { idempotencyKey: `request-${requests}` };
  const sent = sentTo(route, theirs.given.pick(0), repeatable || {});
  if (isList) sent.operation += "?limit=1";
  const { status, body } = await send(sent, theirs.key);
  expect(status, operation).toBeLessThan(500);
  if (status >= 300) return;
  tried.theirsDone += 1;
  if (sent.idempotencyKey && body?.id) theirs.given.requests.unshift(sent);
  // A key's own id would name the very key that the work is done with.
  if (operation !== "listKeys") theirs.given.take(body);
}

const send = ({ operation, body, idempotencyKey }: Sent, key: string): Promise<Answer> =>
  host.request(operation, {
    key,
    ...(body !== undefined && { body }),
    ...(idempotencyKey && { headers: { "idempotency-key": idempotencyKey } }),
  });

const telling = () => [marker, "theirs@", theirs.business, ...Object.values(theirs.given.ids).flat()];

/** What the second business says itself may be said to it. */
function say({ operation, body }: Sent): void {
  const text = `${decodeURIComponent(operation)} ${JSON.stringify(body ?? "")}`;
  for (const word of telling()) if (text.includes(word)) said.add(word);
}

/** Nothing in an answer is the first business's, but for what the second said itself. */
function expectNothingOfTheirs(what: string, { status, body, headers }: Answer): void {
  expect(status, what).toBeLessThan(500);
  const text = `${JSON.stringify(body)} ${[...headers].join()}`;
  const told = telling().filter((word) => text.includes(word) && !said.has(word));
  expect(told, `${what} answered ${status}: ${text.slice(0, 300)}`).toEqual([]);
  // An id that was said may be repeated, but nothing new is called by it.
  const isNew = status < 300 && body && theirs.given.has(body.id);
  expect(isNew ? `${what} gave ${body.id}` : "").toBe("");
}

async function weAsk({ operation, key, which, foreign, cursor, idempotencyKey }: Asking): Promise<void> {
  const route = routeNamed(operation);
  const [own, other] = [ours.given.pick(which), theirs.given.pick(which)];
  const inPath = Object.fromEntries(
    Object.keys(own).map((name, at) => [name, (foreign[at % foreign.length] ? other : own)[name] ?? ""]),
  );
  const earlier = pick(theirs.given.requests, which)?.idempotencyKey;
  const named = { none: undefined, theirs: earlier, own: `request-${which}` }[idempotencyKey];
  const sent = sentTo(route, inPath, route.method === "POST" && named ? { idempotencyKey: named } : {});
  const place = cursor === "theirs" && pick(theirs.given.cursors, which);
  const isList = "cursor" in (route.query?.shape ?? {});
  if (place && isList) sent.operation += `?cursor=${encodeURIComponent(place)}`;
  say(sent);
  const answer = await send(sent, keys[key](route));
  const what = `${sent.operation} with a key that is ${key}`;
  expectNothingOfTheirs(what, answer);
  if (key === "without the scope") expect(answer.status, what).toBe(403);
  else if (key !== "own") expect(answer.status, what).toBe(401);
  tried[answer.status < 300 ? "oursDone" : "oursRefused"] += 1;
}

async function weReplay(which: number): Promise<void> {
  const request = pick(theirs.given.requests, which);
  if (!request) return;
  say(request);
  const answer = await send(request, ours.key);
  tried.replayed += 1;
  expectNothingOfTheirs(`${request.operation} again`, answer);
}

async function weUpload({ which, path, signature }: Step & { kind: "upload" }): Promise<void> {
  const [own, other] = [pick(ours.given.uploads, 0), pick(theirs.given.uploads, which)];
  if (!own || !other) throw new Error("There is no upload URL");
  const url = new URL(path === "own" ? own : other);
  url.search = signature === "none" ? "" : new URL(signature === "own" ? own : other).search;
  const answer = await fetch(url, { method: "PUT", body: "email\nours@example.com\n" });
  expect(answer.status, `${path} path, ${signature} signature`).toBe(403);
}

async function weSplice({ at, theirsFirst, method }: Step & { kind: "link" }): Promise<void> {
  const [first, second] = theirsFirst ? [theirs.link, ours.link] : [ours.link, theirs.link];
  const start = first.lastIndexOf("/") + 1;
  const cut = start + 1 + (at % (first.length - start - 1));
  const spliced = first.slice(0, cut) + second.slice(cut);
  if (spliced === theirs.link) return;
  const body = method === "POST" && { body: new URLSearchParams({ confirm: "yes" }) };
  const answer = await fetch(spliced, { method, ...(body || {}) });
  const { status, headers } = answer;
  expectNothingOfTheirs(`${method} ${spliced}`, { status, headers, body: await answer.text() });
}

function weTry(step: Step): Promise<void> {
  if (step.kind === "ask") return weAsk(step);
  if (step.kind === "replay") return weReplay(step.which);
  return step.kind === "upload" ? weUpload(step) : weSplice(step);
}

async function nothingPasses({ theirs: work, ours: steps }: Chain, rows: ReturnType<typeof rowsOf>) {
  for (const operation of work) await theyWork(operation);
  await host.host.idle();
  const before = await rows.read();
  for (const step of steps) await weTry(step);
  await host.host.idle();
  expect(await rows.read()).toEqual(before);
}

test("whatever one business was given, another business can neither see nor change anything of it by that", async () => {
  const rows = rowsOf(host.host, theirs.business);
  expect((await rows.read()).length).toBeGreaterThan(20);
  try {
    await seeded(() =>
      fc.assert(
        fc.asyncProperty(chain, (one) => nothingPasses(one, rows)),
        { seed, numRuns: 100 * times, endOnFailure: true },
      ),
    );
  } finally {
    rows.close();
  }
  console.log("Chains:", tried);
  // It means something only where both businesses got work done.
  expect(tried.theirsDone).toBeGreaterThan(100 * times);
  expect(tried.oursDone).toBeGreaterThan(100 * times);
  expect(tried.replayed).toBeGreaterThan(30 * times);
});
