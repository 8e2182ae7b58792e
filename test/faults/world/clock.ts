import { syncBuiltinESMExports } from "node:module";
import timers from "node:timers";
import promises from "node:timers/promises";
import type { Deadline } from "../../../core/deadline.ts";
import { current } from "./invocations.ts";
import type { Happening, Timeline } from "./time.ts";

type Wait = (happen: (...given: unknown[]) => void, milliseconds?: number, ...given: unknown[]) => unknown;

/**
 * Puts the product's clock, its waiting and its chance under the rule of a world: whatever runs in an invocation reads
 * and waits by the world's time, and everything else by the real one. Returns how to take it back.
 *
 * @param here the world's timeline and chance, if a world is open.
 */
export function rule(here: () => { timeline: Timeline; random: () => number } | undefined): () => void {
  const inside = () => (current.getStore() ? here() : undefined);
  /** Has something happen to the code that runs now, unless it is killed before. */
  const later = ({ timeline }: { timeline: Timeline }, milliseconds: number, happen: () => void) => {
    const by = current.getStore();
    return timeline.after(milliseconds, () => {
      if (!by?.dead) happen();
    });
  };
  const real = {
    setTimeout: timers.setTimeout,
    clearTimeout: timers.clearTimeout,
    wait: promises.setTimeout,
    now: Date.now,
    random: Math.random,
  };
  const setTimeout: Wait = (happen, milliseconds = 0, ...given) => {
    const world = inside();
    if (!world) return Reflect.apply(real.setTimeout, globalThis, [happen, milliseconds, ...given]);
    return later(world, milliseconds, () => happen(...given));
  };
  const clearTimeout = (timer: unknown) => {
    if (isHappening(timer)) timer.cancelled = true;
    else real.clearTimeout(timer as NodeJS.Timeout);
  };
  const wait = (milliseconds = 0, value?: unknown, options?: object): Promise<unknown> => {
    const world = inside();
    if (!world) return real.wait(milliseconds, value, options);
    return new Promise((resolve) => later(world, milliseconds, () => resolve(value)));
  };
  const put = (given: { setTimeout: unknown; clearTimeout: unknown; wait: unknown }) => {
    const both = { setTimeout: given.setTimeout, clearTimeout: given.clearTimeout };
    Object.assign(globalThis, both);
    Object.assign(timers, both);
    Object.assign(promises, { setTimeout: given.wait });
    // Modules that imported them by name see the new ones too.
    syncBuiltinESMExports();
  };
  put({ setTimeout: Object.assign(setTimeout, real.setTimeout), clearTimeout, wait });
  Date.now = () => inside()?.timeline.now ?? real.now();
  Math.random = () => (inside()?.random ?? real.random)();
  return () => {
    put(real);
    Date.now = real.now;
    Math.random = real.random;
  };
}

/** The deadline of somebody's request that may take so many milliseconds from now on. */
export function worldDeadline({ timeline }: { timeline: Timeline }, milliseconds: number): Deadline {
  const until = timeline.now + milliseconds;
  return {
    now: () => timeline.now,
    sleep: (wait) => promises.setTimeout(wait),
    remaining: () => until - timeline.now,
  };
}

const isHappening = (timer: unknown): timer is Happening =>
  typeof timer === "object" && timer !== null && "happen" in timer && "cancelled" in timer;
