import { createHash } from "node:crypto";
import { SapaError } from "../../core/errors.ts";
import * as idempotency from "../../core/idempotency.ts";
import type { Instant } from "../../core/time.ts";
import { expected, HttpProblem } from "./problems.ts";
import type { Answer } from "./route.ts";

/** The longest answer, in bytes of JSON, that is kept: DynamoDB's items end at 400 KB. */
const longestKept = 256 * 1024;

export type Repeat = {
  key: string;
  /** Whose request it is: a business's id, or `operator`. */
  sender: string;
  /** Everything that makes it this request: method, path and body. */
  request: string;
  secretAnswer: boolean;
  now: Instant;
};

/** Throws `invalid` for a key that can't be one, also where nothing is kept for it. */
export function assertKey(key: string): void {
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return;
  throw new SapaError("invalid", "The Idempotency-Key is not valid", [
    { field: "idempotency-key", message: "must be 1 to 255 visible ASCII characters" },
  ]);
}

/**
 * Carries a request out once, however often it is sent with the same `Idempotency-Key` within 24 hours, and
 * gives the same answer each time. One that was refused is forgotten, so that it can be tried again. An answer that
 * is over 256 KB or holds a secret is not kept: a repeat is then told that the request was carried out. `carryOut` is
 * told when the request was first received: an attempt that died half-way is then gone on with, and not begun anew.
 */
export async function once(repeat: Repeat, carryOut: (firstAt: Instant) => Promise<Answer>): Promise<Answer> {
  const { key, sender, now } = repeat;
  const fingerprint = createHash("sha256").update(repeat.request).digest("base64url");
  const repeatable = { request: `${sender}#${key}`, fingerprint };
  const standing = await idempotency.begin(repeatable, now);
  if (standing.state === "done") return replay(standing.answer);
  if (standing.state === "another") {
    throw new HttpProblem(422, "The Idempotency-Key was used for a different request");
  }
  if (standing.state === "under-way") {
    throw new HttpProblem(409, "The request with this Idempotency-Key is still under way", {
      "retry-after": "2",
    });
  }
  let answer: Answer;
  try {
    answer = await carryOut(standing.firstAt);
  } catch (error) {
    // What was refused may come again with another body; what broke off may have done a part of it.
    if (expected(error)) await idempotency.release(repeatable, now);
    else await idempotency.suspend(repeatable, now);
    throw error;
  }
  await idempotency.finish(repeatable, kept(answer, repeat.secretAnswer), now);
  return answer;
}

function kept({ status, body, headers }: Answer, secret: boolean): idempotency.KeptAnswer {
  const text = body === undefined ? "" : JSON.stringify(body);
  const keep = !secret && Buffer.byteLength(text) <= longestKept;
  return { status, ...(keep && { body: text }), ...(headers && keep && { headers }) };
}

function replay({ status, body, headers }: idempotency.KeptAnswer): Answer {
  if (body === undefined) {
    throw new HttpProblem(409, "The request was carried out before, and its answer was not kept");
  }
  return {
    status,
    headers: { ...headers, "idempotency-replayed": "true" },
    ...(body !== "" && { body: JSON.parse(body) }),
  };
}
