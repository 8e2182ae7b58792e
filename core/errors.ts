/**
 * The one error that a caller may see. Anything else that is thrown is a bug and answers 500 without detail.
 *
 *     throw new SapaError("not-found", "No such customer");
 *     throw new SapaError("invalid", "The customer can't be saved", [{ field: "birthday", message: "02-30 is not a day" }]);
 */
export class SapaError extends Error {
  readonly code: ErrorCode;
  /** What is wrong, field by field; `field` is a path such as `lines.0.price`. */
  readonly problems: readonly Problem[];

  constructor(code: ErrorCode, message: string, problems: readonly Problem[] = []) {
    super(message);
    this.name = "SapaError";
    this.code = code;
    this.problems = problems;
  }
}

export type ErrorCode =
  | "invalid" // the request itself is wrong
  | "unprocessable" // understood, but its content can't work (a template that does not compile)
  | "unauthenticated"
  | "forbidden"
  | "not-found"
  | "conflict" // the current state does not allow it
  | "too-large"
  | "too-many-requests";

export type Problem = {
  field: string;
  message: string;
  /** Set when the value at fault must not be kept with the problem. */
  secret?: true;
  /** Line in a template's source, counted from 1. */
  line?: number;
};
