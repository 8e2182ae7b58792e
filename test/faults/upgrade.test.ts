import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as books from "../../core/runs/books.ts";
import * as runs from "../../core/runs.ts";
import { violations } from "./world/invariants.ts";
import { type Schedule, type Told, tell } from "./world/story.ts";
import { enterWorlds, type World } from "./world/world.ts";

/**
 * What lies in queues and schedules while a new version is deployed was put there by the one before. Each file holds
 * messages as a version made them: one for each shape that was ever deployed. A new field needs a new file.
 */
const folder = new URL("recorded/", import.meta.url);
type Recorded = Record<string, readonly unknown[]>;
const recordings = readdirSync(folder)
  .sort()
  .map((name): [string, Recorded] => [name, JSON.parse(readFileSync(new URL(name, folder), "utf8"))]);
const latest = recordings.at(-1)?.[1] ?? {};

let leave: () => void;
beforeAll(() => {
  leave = enterWorlds();
});
afterAll(() => leave());

/** A run by schedule that selects slowly and has a batch throttled, and one by hand; their clicks are judged. */
const eventful: Schedule = {
  seed: 7,
  rate: 14,
  quota: -1,
  chaos: { duplicates: 0, lostEvents: 0 },
  faults: [{ on: "hand-over", nth: 0, kind: "throttle", pick: 0 }],
  unkind: {
    // Too slow for the function that starts the run to select everyone, then too slow for one message a shard.
    slowCalls: [
      { from: 0, until: 40, milliseconds: 1_500, by: "prepare-runs" },
      { from: 40, until: 150, milliseconds: 21_000, by: "prepare-runs" },
    ],
  },
  shops: [{ customers: 8, cap: {}, quietHours: { from: "21:00", to: "07:00" }, mix: 36, ownZones: true }],
  acts: [{ kind: "run-now", afterSeconds: 1_252, shop: 0, who: 0 }],
};

/** Whose mail is delivered, opened and clicked. */
const isRead = (world: World) => {
  world.ses.fate = () => 0.85;
};

/** Everything that went through queues and schedules, by where. */
type Sent = Map<string, unknown[]>;

/** Has each message of the product arrive as `change` makes it. */
function through(world: World, change: (where: string, message: unknown) => unknown): Sent {
  const sent: Sent = new Map();
  const pass = (where: string, body: string): string => {
    const message = JSON.parse(body);
    // SES's own events are not Sapa's to change.
    if (message.detail) return body;
    sent.set(where, [...(sent.get(where) ?? []), message]);
    return JSON.stringify(change(where, message));
  };
  for (const [name, queue] of Object.entries(world.queues)) {
    const put = queue.put.bind(queue);
    queue.put = (body, ...rest) => put(pass(name, body), ...rest);
  }
  const fired = world.scheduler.fired.bind(world.scheduler);
  world.scheduler.fired = (name, input) => fired(name, pass(name, input));
  return sent;
}

/** The paths of a value's fields: `recipients.email`. */
function pathsOf(value: unknown, at = ""): string[] {
  if (Array.isArray(value)) return value.flatMap((one) => pathsOf(one, at));
  if (typeof value !== "object" || value === null) return at ? [at] : [];
  return Object.entries(value).flatMap(([key, part]) => {
    const path = at ? `${at}.${key}` : key;
    return [path, ...pathsOf(part, path)];
  });
}

/** A message without the fields that its recording does not have: what the version of the recording would have sent. */
function without(value: unknown, known: ReadonlySet<string>, at = ""): unknown {
  if (Array.isArray(value)) return value.map((one) => without(one, known, at));
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).flatMap(([key, part]) => {
    const path = at ? `${at}.${key}` : key;
    return known.has(path) ? [[key, without(part, known, path)]] : [];
  });
  return Object.fromEntries(fields);
}

async function booksOf({ shops }: Told) {
  const business = shops[0]?.business.id ?? "biz_one";
  const { items } = await runs.list(business, { limit: 1 });
  const [run] = items;
  return { state: run?.state, ...(await books.read(business, run?.id ?? "run_none")) };
}

test.each(recordings)(
  "what a version left in queues and schedules is carried out: %s",
  async (_, recorded) => {
    let sent: Sent = new Map();
    const told = await tell(eventful, (world) => {
      isRead(world);
      sent = through(world, (where, message) => without(message, new Set(pathsOf(recorded[where]))));
    });

    expect(await violations(told), told.world.trace.join("\n")).toEqual([]);
    expect(await booksOf(told)).toMatchObject({ state: "settled", selected: 8, accepted: 8, waiting: 0 });
    expect(new Set(told.world.ses.mails.map(({ customer }) => customer)).size).toBe(8);
    // Each shape went by: what no message has is carried out by nobody.
    expect([...sent.keys()].sort()).toEqual(["feedback", "release-batches", "runs", "sends", "settle-run"]);
    for (const [where, messages] of sent) {
      expect(new Set(messages.flatMap((message) => pathsOf(message))), where).toEqual(
        new Set(pathsOf(recorded[where])),
      );
    }
  },
);

test("messages are as they were recorded last: a field that is new needs a recording of its own", async () => {
  let sent: Sent = new Map();
  await tell(eventful, (world) => {
    isRead(world);
    sent = through(world, (_, message) => message);
  });

  for (const [where, messages] of sent) {
    const known = pathsOf(latest[where]);
    expect(
      [...new Set(messages.flatMap((message) => pathsOf(message)))].filter((path) => !known.includes(path)),
      where,
    ).toEqual([]);
  }
});
