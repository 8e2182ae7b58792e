import type { IncomingMessage, ServerResponse } from "node:http";
import { Temporal } from "temporal-polyfill";
import { z } from "zod";
import { ClockMovedBack, type HostClock } from "../clock.ts";
import { answerJson, bodyOf } from "./listen.ts";
import { foreignBecause } from "./own-page.ts";

const amount = z.int().min(0).optional();
const Advance = z.union([
  z.string(),
  z.strictObject({ weeks: amount, days: amount, hours: amount, minutes: amount, seconds: amount }),
]);
const Move = z.union([
  z.strictObject({ to: z.iso.datetime({ offset: true }) }),
  z.strictObject({ advance: Advance }),
]);

const usage = `POST { "to": "2026-12-01T00:00:00Z" } or { "advance": "P1D" } or { "advance": { "days": 1, "hours": 2 } }`;

type Control = {
  clock: HostClock;
  idle: () => Promise<void>;
  /** Resolves when what the move has changed is safe. */
  written: () => Promise<void>;
};

/**
 * The host's own requests, all under `/_local/` of the owner API's port, where the product has nothing:
 * `GET /_local/clock`, `POST /_local/clock` and `GET /_local/idle`. Returns false for everything else. Pages of other
 * origins, which a browser may have open beside it, are refused.
 */
export function controlOf({ clock, idle, written }: Control) {
  const now = () => new Date(clock.now()).toISOString();

  async function move(request: IncomingMessage, response: ServerResponse) {
    const to = targetTime(await bodyOf(request, 10_000), clock.now());
    if (to === undefined) return answerJson(response, 400, { message: `To move the clock, ${usage}` });
    try {
      const fired = await clock.move(to);
      await written();
      answerJson(response, 200, { now: now(), fired });
    } catch (error) {
      if (!(error instanceof ClockMovedBack)) throw error;
      answerJson(response, 400, { message: error.message });
    }
  }

  return (request: IncomingMessage, response: ServerResponse): boolean => {
    const [path = ""] = (request.url ?? "").split("?");
    if (path !== "/_local" && !path.startsWith("/_local/")) return false;
    const operation = `${request.method} ${path}`;
    const foreign = foreignBecause(request);
    if (foreign !== undefined) {
      request.resume();
      answerJson(response, 403, { message: foreign });
    } else if (operation === "GET /_local/clock") answerJson(response, 200, { now: now() });
    else if (operation === "GET /_local/idle") {
      void idle().then(() => answerJson(response, 200, { idle: true, now: now() }));
    } else if (operation === "POST /_local/clock") {
      void move(request, response).catch((error) => answerJson(response, 500, { message: String(error) }));
    } else
      answerJson(response, 404, { message: "The host has GET and POST /_local/clock, and GET /_local/idle" });
    return true;
  };
}

/** Epoch milliseconds that a request asks to move to; undefined when it can't be understood. */
function targetTime(body: Buffer | undefined, now: number): number | undefined {
  try {
    const wanted = Move.parse(JSON.parse(body?.toString() ?? ""));
    if ("to" in wanted) return Date.parse(wanted.to);
    const { advance } = wanted;
    const given = typeof advance === "string" ? advance : withoutUndefined(advance);
    const duration = Temporal.Duration.from(given);
    const start = Temporal.Instant.fromEpochMilliseconds(Math.ceil(now)).toZonedDateTimeISO("UTC");
    return start.add(duration).epochMilliseconds;
  } catch {
    return undefined;
  }
}

const withoutUndefined = (record: Record<string, number | undefined>) =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
