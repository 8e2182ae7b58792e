import type { Deadline } from "../../core/deadline.ts";

/** A deadline whose clock moves only when something sleeps: what waits takes no time, and how long is told. */
export function aDeadline({
  at = "2026-11-24T02:00:00.000Z",
  seconds = 100,
}: {
  at?: string;
  seconds?: number;
} = {}): Deadline & { slept(): number } {
  const begin = Date.parse(at);
  let now = begin;
  return {
    now: () => now,
    async sleep(milliseconds) {
      now += Math.max(0, milliseconds);
    },
    remaining: () => begin + seconds * 1000 - now,
    /** Milliseconds since it began. */
    slept: () => now - begin,
  };
}
