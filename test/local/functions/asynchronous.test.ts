import { beforeEach, describe, expect, test } from "vitest";
import { AsynchronousInvocations, type Settings } from "../../../local/functions/asynchronous.ts";
import { Throttled } from "../../../local/functions/concurrency.ts";
import { type Journal, Records } from "../../../local/journal.ts";
import { type FakeHost, fakeHost, useJournal } from "../services/support.ts";

/* https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */

const journals = useJournal();
const start = Date.parse("2026-11-24T00:00:00Z");
const dead = "arn:aws:sqs:us-east-1:000000000000:failed-events";

let host: FakeHost;
let attempts: { at: number; event: unknown; requestId: string }[];
let outcome: (() => Promise<unknown>) | undefined;
let settings: Settings;
let journal: Journal;
let invocations: AsynchronousInvocations;

beforeEach(async () => {
  host = fakeHost(new Date(start).toISOString());
  attempts = [];
  outcome = undefined;
  settings = { retries: 2, maxAgeSeconds: 21_600, onFailure: dead };
  journal = await journals.restart();
  invocations = make();
});

const make = () =>
  new AsynchronousInvocations(host, {
    settingsOf: () => settings,
    run: async (_, event, requestId) => {
      attempts.push({ at: (host.clock.now() - start) / 1000, event, requestId });
      await outcome?.();
    },
    records: new Records(journal, "invocations"),
  });
/** The next host finds what the disk held. */
async function kill() {
  await journal.written();
  journal = await journals.restart("killed");
  host.die();
  invocations = make();
  invocations.resume();
}
const at = () => attempts.map((attempt) => attempt.at);
const throttled = async () => {
  throw new Throttled("import-file", "ConcurrentInvocationLimitExceeded");
};
const broken = async () => {
  throw new Error("broken");
};

test("an event whose function fails is tried after one minute and after two more, under the same request id", async () => {
  outcome = broken;
  invocations.begin("import-file", '{"n":1}');
  await host.advance(3_600_000);
  expect(at()).toEqual([0, 60, 180]);
  expect(new Set(attempts.map(({ requestId }) => requestId)).size).toBe(1);
  expect(host.deliveries).toMatchObject([{ targetArn: dead, payload: '{"n":1}' }]);
});

test("an event whose function is throttled is tried after a second, then up to five minutes apart, for six hours", async () => {
  outcome = throttled;
  invocations.begin("import-file", "{}");
  await host.advance(22_000_000);
  expect(at().slice(0, 12)).toEqual([0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 811, 1111]);
  expect(at().at(-1)).toBeLessThanOrEqual(21_600);
  expect(at().at(-1)).toBeGreaterThan(21_300);
  expect(host.deliveries).toHaveLength(1);
});

test("throttling takes nothing from the tries that failures have", async () => {
  outcome = throttled;
  invocations.begin("import-file", "{}");
  await host.advance(5_000);
  outcome = broken;
  await host.advance(600_000);
  expect(at()).toEqual([0, 1, 3, 7, 67, 187]);
});

test("an event is not tried longer than it may be old", async () => {
  settings = { ...settings, maxAgeSeconds: 100 };
  outcome = broken;
  invocations.begin("import-file", "{}");
  await host.advance(3_600_000);
  expect(at()).toEqual([0, 60]);
  expect(host.deliveries).toHaveLength(1);
});

describe("a kill of the host", () => {
  test("while the function works has it called again at once, under the same request id, and costs it no try", async () => {
    outcome = () => new Promise(() => {});
    invocations.begin("import-file", '{"n":1}');
    for (let kills = 0; kills < 5; kills += 1) {
      await kill();
      await new Promise((resolve) => setImmediate(resolve));
    }
    outcome = broken;
    await kill();
    await host.advance(3_600_000);
    expect(new Set(attempts.map(({ requestId }) => requestId)).size).toBe(1);
    expect(at()).toEqual([0, 0, 0, 0, 0, 0, 0, 60, 180]);
    expect(host.deliveries).toHaveLength(1);
  });

  test("between two tries keeps the time of the next", async () => {
    outcome = broken;
    invocations.begin("import-file", "{}");
    await host.advance(30_000);
    await kill();
    await host.advance(600_000);
    expect(at()).toEqual([0, 60, 180]);
  });

  test("repeats nothing that was done", async () => {
    invocations.begin("import-file", "{}");
    await host.idle();
    await kill();
    await host.advance(600_000);
    expect(at()).toEqual([0]);
  });

  test("and a stop leave what was under way to the next host", async () => {
    outcome = broken;
    invocations.begin("import-file", "{}");
    invocations.stop();
    await host.idle();
    await kill();
    await host.idle();
    expect(at()).toEqual([0, 0]);
  });
});
