import * as limits from "../../core/limits.ts";
import type { Instant } from "../../core/time.ts";
import { HttpProblem } from "./problems.ts";

/** Keeps one caller from taking the others' share of the API, and those without a key from trying many. */
export type Throttle = {
  /** Lets a request of a known caller through, or throws 429 with the seconds to wait in `retry-after`. */
  admit(caller: string, now: Instant): Promise<void>;
  /** Counts a request without a valid key; throws 429 once a place on the internet has made too many. */
  refuse(ip: string, now: Instant): Promise<void>;
};

/**
 * Whoever has no valid key may ask a fiftieth of what a key may, sixty times a minute as a rule: enough for a script
 * with an old key, but not for who tries keys.
 */
const shareWithoutKey = 1 / 50;
/** So many requests are taken from a caller's allowance at once, so that counting costs a twentieth of a write each. */
const lease = 20;

/** At most `perMinute()` requests of each caller, over all instances of the function. */
export function throttleOf(perMinute: () => number): Throttle {
  const leases = new Map<string, { left: number; minute: number }>();
  const full = new Map<string, number>();
  return {
    async admit(caller, now) {
      const minute = Math.floor(Date.parse(now) / 60_000);
      const held = leases.get(caller);
      if (held?.minute === minute && held.left > 0) {
        held.left -= 1;
        return;
      }
      const wait = await limits.count(
        `caller#${caller}`,
        { most: perMinute(), seconds: 60 },
        { now, times: lease },
      );
      if (wait !== undefined) throw tooMany(wait);
      leases.set(caller, { left: lease - 1, minute });
    },
    async refuse(ip, now) {
      const until = full.get(ip) ?? 0;
      const second = Math.floor(Date.parse(now) / 1000);
      if (until > second) throw tooMany(until - second);
      const { keys } = await import("../../core/secrets.ts");
      const place = limits.nameFor((await keys()).limitKey, "anyone", ["place", limits.networkOf(ip)]);
      const most = Math.ceil(perMinute() * shareWithoutKey);
      const wait = await limits.count(place, { most, seconds: 60 }, { now });
      if (wait === undefined) return;
      // Known by this instance from now on: who goes on trying costs no more writes.
      if (full.size > 1000) full.clear();
      full.set(ip, second + wait);
      throw tooMany(wait);
    },
  };
}

const tooMany = (wait: number) =>
  new HttpProblem(429, `Too many requests: try again in ${wait} seconds`, { "retry-after": String(wait) });
