import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type HostClock, startClock } from "../../local/clock.ts";
import { work } from "../../local/work.ts";

const start = Date.parse("2026-11-24T02:00:00Z");
const hour = 3_600_000;
let clock: HostClock;
let host: ReturnType<typeof work>;
let errors: string[];

beforeEach(() => {
  errors = [];
  host = work();
  clock = startClock({ ...host, start, onError: (error, what) => errors.push(`${what}: ${error}`) });
});
afterEach(() => clock.stop());

const soon = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe("moving the clock", () => {
  test("fires what falls due in the order of its times, and tells what it fired", async () => {
    const seen: string[] = [];
    const note = (what: string) => () =>
      void seen.push(`${what} at ${new Date(clock.now()).toISOString().slice(0, 16)}`);
    clock.at(start + 2 * hour, note("second"), "second");
    clock.at(start + hour, note("first"), "first");
    clock.at(start + 4 * hour, note("later"), "later");

    const fired = await clock.move(start + 3 * hour);

    expect(seen).toEqual(["first at 2026-11-24T03:00", "second at 2026-11-24T04:00"]);
    expect(fired).toEqual([
      { at: "2026-11-24T03:00:00.000Z", what: "first" },
      { at: "2026-11-24T04:00:00.000Z", what: "second" },
    ]);
    expect(clock.now()).toBeGreaterThanOrEqual(start + 3 * hour);
    expect(clock.now()).toBeLessThan(start + 3 * hour + 5_000);
  });

  test("waits until what one action set off has ended before the next", async () => {
    const seen: string[] = [];
    clock.at(start + hour, () => {
      clock.at(start + 90 * hour, () => {});
      void host.busy(soon(30).then(() => seen.push("work of the first")));
    });
    clock.at(start + hour, () => void seen.push("second"));
    await clock.move(start + 2 * hour);
    expect(seen).toEqual(["work of the first", "second"]);
  });

  test("fires what an action on the way asked for, if it too falls due", async () => {
    const days: string[] = [];
    const daily = (due: number) => {
      clock.at(due, () => {
        days.push(new Date(due).toISOString().slice(0, 10));
        daily(due + 24 * hour);
      });
    };
    daily(start);
    await clock.move(start + 49 * hour);
    expect(days).toEqual(["2026-11-24", "2026-11-25", "2026-11-26"]);
  });

  test("does not wait for ever for work that itself waits for the clock", async () => {
    clock.at(start + hour, () => {
      void host.busy(new Promise<void>((resolve) => clock.at(clock.now() + 30, resolve)));
    });
    clock.at(start + 2 * hour, () => {});
    await expect(clock.move(start + 3 * hour)).resolves.toHaveLength(2);
  });

  test("goes on after an action that failed, and reports it", async () => {
    const second = vi.fn();
    clock.at(start + hour, () => Promise.reject(new Error("broken")), "first");
    clock.at(start + 2 * hour, second, "second");
    await clock.move(start + 3 * hour);
    expect(second).toHaveBeenCalledOnce();
    expect(errors).toEqual(["first: Error: broken"]);
  });

  test("two moves at once are made one after the other", async () => {
    await Promise.all([clock.move(start + hour), clock.move(start + 2 * hour)]);
    expect(clock.now()).toBeGreaterThanOrEqual(start + 2 * hour);
  });

  test("is refused when it would go back", async () => {
    await expect(clock.move(start - 1)).rejects.toThrow(/^The clock can't go back: it is 2026-11-24T02:00/);
  });
});

describe("time that passes by itself", () => {
  test("fires what falls due, at once what is past, in order", async () => {
    const seen: number[] = [];
    clock.at(start + 40, () => void seen.push(3));
    clock.at(start - hour, () => void seen.push(1));
    clock.at(start + 20, () => void seen.push(2));
    await vi.waitFor(() => expect(seen).toEqual([1, 2, 3]));
  });

  test("does not fire what was cancelled", async () => {
    const action = vi.fn();
    const cancel = clock.at(start + 10, action);
    cancel();
    cancel();
    await clock.move(start + hour);
    expect(action).not.toHaveBeenCalled();
  });

  test("can wait longer than a timer can", async () => {
    const action = vi.fn();
    clock.at(start + 90 * 24 * hour, action);
    await soon(10);
    expect(action).not.toHaveBeenCalled();
  });
});

test("idle waits for all that is under way, and for what follows from it", async () => {
  const ended: string[] = [];
  void host.busy(
    soon(10).then(() => {
      ended.push("cause");
      setImmediate(() => void host.busy(soon(10).then(() => ended.push("effect"))));
    }),
  );
  host.busy(Promise.reject(new Error("fails"))).catch(() => {});
  await host.idle();
  expect(ended).toEqual(["cause", "effect"]);
});
