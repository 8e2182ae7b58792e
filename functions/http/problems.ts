import type { ErrorCode, Problem } from "../../core/errors.ts";
import { SapaError } from "../../core/errors.ts";
import type { Answer } from "./route.ts";

/** What went wrong before a core function was reached, where only HTTP has a word for it. */
export class HttpProblem extends Error {
  readonly status: HttpOnlyStatus;
  readonly headers: Record<string, string>;

  constructor(status: HttpOnlyStatus, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.name = "HttpProblem";
    this.status = status;
    this.headers = headers;
  }
}
type HttpOnlyStatus = 404 | 405 | 409 | 415 | 422 | 429;

/** The status and the name of each kind of problem: the one place where errors become HTTP. */
export const kinds = {
  invalid: { status: 400, title: "The request is not valid" },
  unauthenticated: { status: 401, title: "A valid API key is needed" },
  forbidden: { status: 403, title: "The key may not do this" },
  "not-found": { status: 404, title: "There is no such thing" },
  "method-not-allowed": { status: 405, title: "The path does not know this method" },
  conflict: { status: 409, title: "The current state does not allow this" },
  "too-large": { status: 413, title: "The request is too large" },
  "unsupported-media-type": { status: 415, title: "The body is not JSON" },
  unprocessable: { status: 422, title: "The request is understood but can't work" },
  "too-many-requests": { status: 429, title: "Too many requests" },
  internal: { status: 500, title: "Something is wrong on our side" },
} as const satisfies Record<
  ErrorCode | "method-not-allowed" | "unsupported-media-type" | "internal",
  { status: number; title: string }
>;
export type Kind = keyof typeof kinds;

/** The kind of problem that a status stands for. */
export const kindOf = (status: number): Kind =>
  (Object.keys(kinds) as Kind[]).find((kind) => kinds[kind].status === status) ?? "internal";

/** True for what a caller may see; anything else is a bug, to be logged. */
export const expected = (error: unknown): error is SapaError | HttpProblem =>
  error instanceof SapaError || error instanceof HttpProblem;

/** The answer to an error, as RFC 9457 problem details. */
export function answerTo(error: unknown, requestId: string): Answer {
  if (error instanceof SapaError) {
    const headers = error.code === "unauthenticated" ? { "www-authenticate": 'Bearer realm="sapa"' } : {};
    return problem(error.code, { detail: error.message, errors: error.problems, requestId, headers });
  }
  if (error instanceof HttpProblem) {
    return problem(kindOf(error.status), { detail: error.message, requestId, headers: error.headers });
  }
  return problem("internal", {
    detail: "Try again; if it stays, tell the operator the request id in x-request-id",
    requestId,
  });
}

function problem(
  kind: Kind,
  facts: {
    detail: string;
    requestId: string;
    errors?: readonly Problem[];
    headers?: Record<string, string>;
  },
): Answer {
  const { status, title } = kinds[kind];
  return {
    status,
    headers: { "content-type": "application/problem+json", ...facts.headers },
    body: {
      type: `/docs#problem-${kind}`,
      title,
      status,
      detail: facts.detail,
      instance: `urn:sapa:request:${facts.requestId}`,
      ...(facts.errors?.length && { errors: facts.errors }),
    },
  };
}
