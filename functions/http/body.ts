import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { SapaError } from "../../core/errors.ts";
import { excess, halfCharacter, type JsonLimits, pathOfHalfCharacter } from "../../core/json.ts";
import { HttpProblem } from "./problems.ts";

/** One megabyte; files of customers and orders go by upload, not in a request. */
export const bodyLimit = 1_048_576;

/** More than any request needs: the largest, a hundred orders of two hundred lines, has some 100,000 values. */
export const jsonLimits: JsonLimits = { depth: 40, fields: 1000, values: 120_000 };

/** The text of the body; throws `too-large` past one megabyte. */
export function textOf(event: Pick<APIGatewayProxyEventV2, "body" | "isBase64Encoded">): string {
  const { body = "", isBase64Encoded } = event;
  const bytes = isBase64Encoded ? Math.floor((body.length * 3) / 4) : Buffer.byteLength(body);
  if (bytes > bodyLimit) {
    throw new SapaError("too-large", "The body is over 1 MB: send less at once, or import a file", [
      { field: "body", message: "must be at most 1 MB" },
    ]);
  }
  return isBase64Encoded ? Buffer.from(body, "base64").toString() : body;
}

/**
 * The JSON of a body; throws 415 for another content type, and `invalid` for JSON that is bad, with line and column,
 * for more than `jsonLimits` of it, and for text with half of a character in it.
 */
export function jsonOf(text: string, contentType: string | undefined): unknown {
  if (text.trim() === "") throw invalid("is empty; it must be JSON");
  if (!/^application\/(json|merge-patch\+json)\s*(;|$)/i.test(contentType ?? "")) {
    throw new HttpProblem(415, "Send the body as JSON, with the header Content-Type: application/json");
  }
  const problem = excess(text, jsonLimits);
  if (problem) throw invalid(problem);
  const value = parsed(text);
  const path = pathOfHalfCharacter(text, value);
  if (path) throw invalidText(path.join(".") || "body");
  return value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const { line, column } = positionOf(text, firstError(text));
    const message = `is not JSON: unexpected ${unexpected(text)} at line ${line}, column ${column}`;
    throw new SapaError("invalid", `The body ${message}`, [{ field: "body", message, line }]);
  }
}

const invalid = (message: string) =>
  new SapaError("invalid", `The body ${message}`, [{ field: "body", message }]);

const invalidText = (field: string) =>
  new SapaError("invalid", "The body is not valid", [{ field: field.slice(0, 200), message: halfCharacter }]);

const whole =
  /\s*(?:([{}[\],:])|("(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|((?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])))/uy;

type Expecting = "value" | "value or ]" | "key" | "key or }" | "colon" | "comma or end" | "end";

/** The offset of the first token that breaks JSON's grammar; V8's own message does not always tell. */
export function firstError(text: string): number {
  const open: ("[" | "{")[] = [];
  let expecting: Expecting = "value";
  let offset = 0;
  const afterValue = (): Expecting => (open.length ? "comma or end" : "end");

  for (;;) {
    whole.lastIndex = offset;
    const found = whole.exec(text);
    const [all = "", mark, string, scalar] = found ?? [];
    const start = offset + (/^\s*/.exec(found ? all : text.slice(offset))?.[0].length ?? 0);
    if (!found) return start;
    const container = open.at(-1);

    if (expecting.startsWith("value") && (string ?? scalar) !== undefined) expecting = afterValue();
    else if (expecting.startsWith("value") && (mark === "{" || mark === "[")) {
      open.push(mark);
      expecting = mark === "{" ? "key or }" : "value or ]";
    } else if (expecting.startsWith("key") && string !== undefined) expecting = "colon";
    else if (expecting === "colon" && mark === ":") expecting = "value";
    else if (expecting === "comma or end" && mark === ",") expecting = container === "[" ? "value" : "key";
    else if (closes(expecting, mark, container)) {
      open.pop();
      expecting = afterValue();
    } else return start;
    offset = whole.lastIndex;
  }
}

const closes = (expecting: Expecting, mark: string | undefined, container: string | undefined): boolean =>
  (mark === "]" && container === "[" && (expecting === "value or ]" || expecting === "comma or end")) ||
  (mark === "}" && container === "{" && (expecting === "key or }" || expecting === "comma or end"));

const unexpected = (text: string): string => {
  const at = firstError(text);
  return at >= text.length
    ? "end of the text"
    : JSON.stringify(String.fromCodePoint(text.codePointAt(at) ?? 0));
};

function positionOf(text: string, offset: number): { line: number; column: number } {
  const lines = text.slice(0, offset).split("\n");
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}
