import type { z } from "zod";
import { type Problem, SapaError } from "../../core/errors.ts";
import { beginning } from "../../core/text.ts";
import { unknownFields } from "./unknown-fields.ts";

type Place = "path" | "query" | "body";
type Issue = z.core.$ZodIssue;
type RawIssue = z.core.$ZodRawIssue;

const complaints: Record<Place, string> = {
  path: "The path is not valid",
  query: "The query is not valid",
  body: "The body is not valid",
};

/** What a schema makes of a value; throws `invalid` naming every field at fault, unknown ones included. */
export function validate<S extends z.ZodType>(schema: S, value: unknown, place: Place): z.output<S> {
  const result = schema.safeParse(value, { error: wording });
  const unknown = unknownFields(schema, value);
  if (result.success && unknown.length === 0) return result.data;

  const problems = result.success ? [] : result.error.issues.flatMap((issue) => problemsOf(issue, [], place));
  const named = new Set(problems.map(({ field }) => field));
  for (const path of unknown) {
    const field = fieldOf(path, place);
    if (!named.has(field)) problems.push({ field, message: "is not a known field" });
  }
  throw new SapaError("invalid", complaints[place], problems.slice(0, 100));
}

/** A field that nobody knows may have any name, a megabyte of it. */
const maxFieldName = 200;

const fieldOf = (path: readonly PropertyKey[], place: Place): string =>
  path.length === 0 ? place : beginning(path.map(String).join("."), maxFieldName);

function problemsOf(issue: Issue, base: readonly PropertyKey[], place: Place): Problem[] {
  const path = [...base, ...issue.path];
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      field: fieldOf([...path, key], place),
      message: "is not a known field",
    }));
  }
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    const branch = closest(issue.errors);
    if (branch) return branch.flatMap((inner) => problemsOf(inner, path, place));
  }
  if (issue.code === "invalid_key") {
    const message = issue.issues[0]?.message ?? "is not a valid name";
    return [{ field: fieldOf(path, place), message: `the name ${message}` }];
  }
  return [{ field: fieldOf(path, place), message: issue.message }];
}

/** Of a union's branches, the one that the value was most likely meant for: not another type, fewest problems. */
function closest(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const meant = branches.filter((issues) => !issues.some(isOtherKind));
  return [...meant].sort((a, b) => a.length - b.length)[0];
}

/** A different type altogether, or another literal where the branches are told apart. */
const isOtherKind = (issue: Issue): boolean =>
  (issue.code === "invalid_type" && issue.path.length === 0) ||
  (issue.code === "invalid_value" && issue.values.length === 1);

/** Zod's findings as a reader would put them after the field's name: "is required", "must be a number". */
function wording(issue: RawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined
        ? "is required"
        : `must be ${typeNames[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return issue.input === undefined ? "is required" : `must be ${choice(issue.values)}`;
    case "invalid_union":
      if (issue.discriminator) return `must be ${choice((issue.options as unknown[] | undefined) ?? [])}`;
      return issue.input === undefined ? "is required" : "has none of the forms that are known here";
    case "too_small":
      return issue.origin === "string" && issue.minimum === 1
        ? "must not be empty"
        : `must ${measure(issue.origin)} at least ${issue.minimum}${unit(issue.origin)}`;
    case "too_big":
      return `must ${measure(issue.origin)} at most ${issue.maximum}${unit(issue.origin)}`;
    case "not_multiple_of":
      return `must be a multiple of ${issue.divisor}`;
    case "invalid_format":
      return `is not ${formats[issue.format] ?? "in the form that is expected here"}`;
    default:
      return undefined;
  }
}

const typeNames: Record<string, string> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "an object",
  array: "a list",
  record: "an object",
  null: "null",
};

const formats: Record<string, string> = {
  email: "an email address",
  url: "an address such as https://example.com",
  datetime: "a time such as 2026-11-24T09:00:00+07:00",
  date: "a day such as 2026-11-24",
  template_literal: "an id of the kind that is expected here",
};

const choice = (values: readonly unknown[]): string =>
  values.length === 1 ? JSON.stringify(values[0]) : `one of ${values.map(String).join(", ")}`;

const measure = (origin: string) => (origin === "number" || origin === "int" ? "be" : "have");

const unit = (origin: string): string => {
  if (origin === "string") return " characters";
  return origin === "array" || origin === "set"
    ? " entries"
    : origin === "number" || origin === "int"
      ? ""
      : " fields";
};
