import { resolve, type Schema, sampleOf } from "../../functions/http/sample.ts";
import { document } from "../support/requests.ts";

/** A place in a body where a text can stand: what the body is with some text there. */
export type Hole = { path: string; fill: (text: string) => unknown };

type Reference = Parameters<typeof sampleOf>[0];
/** Conditions of segments hold conditions, without an end. */
const maxDepth = 5;

/**
 * Every place of a schema where a text can stand: its strings, whatever their format, and the keys of its dictionaries.
 * What stands around is taken from a value that fits.
 */
export function* holesIn(reference: Reference, base: unknown, path = "", depth = 0): Generator<Hole> {
  if (depth > maxDepth) return;
  const { schema } = resolve(reference, document);
  const branches = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  for (const branch of branches) yield* holesIn(branch, fits(branch, base), path, depth + 1);
  for (const part of schema.allOf ?? []) yield* holesIn(part, base, path, depth);
  if (isOf(schema, "string") || (branches.length === 0 && (schema.enum || schema.const !== undefined))) {
    yield { path, fill: (text) => text };
  }
  if (schema.items) yield* inList(schema.items as Reference, base, path, depth);
  if (schema.properties) yield* inProperties(schema, base, path, depth);
  if (typeof schema.additionalProperties === "object") yield* inDictionary(schema, base, path, depth);
}

const isOf = ({ type }: Schema, kind: string): boolean => [type].flat().some((one) => one === kind);
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What is there already, where it is of the branch; otherwise a sample with what the branch must have. */
function fits(reference: Reference, base: unknown): unknown {
  const { properties } = resolve(reference, document).schema;
  const isOfBranch =
    isRecord(base) &&
    properties &&
    Object.keys(base).every((name) => name in properties) &&
    Object.entries(properties).every(([name, property]) => {
      const { const: only } = resolve(property, document).schema;
      return only === undefined || base[name] === only;
    });
  return isOfBranch ? base : sampleOf(reference, document, 1);
}

function* inList(items: Reference, base: unknown, path: string, depth: number): Generator<Hole> {
  const first = Array.isArray(base) && base.length > 0 ? base[0] : sampleOf(items, document);
  for (const { path: below, fill } of holesIn(items, first, `${path}[]`, depth + 1)) {
    yield { path: below, fill: (text) => [fill(text)] };
  }
}

function* inProperties(schema: Schema, base: unknown, path: string, depth: number): Generator<Hole> {
  const around = isRecord(base) ? base : {};
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const value = around[name] ?? sampleOf(property, document, 1);
    for (const { path: below, fill } of holesIn(property, value, `${path}.${name}`, depth + 1)) {
      yield { path: below, fill: (text) => ({ ...around, [name]: fill(text) }) };
    }
  }
}

function* inDictionary(schema: Schema, base: unknown, path: string, depth: number): Generator<Hole> {
  const values = schema.additionalProperties as Reference;
  const around = isRecord(base) ? base : {};
  const [key = "favourite_drink", value = sampleOf(values, document)] = Object.entries(around)[0] ?? [];
  // A key that means something to JavaScript is a key like any other here, as in JSON.
  yield {
    path: `${path}{}`,
    fill: (text) => Object.fromEntries([...Object.entries(around), [text, value]]),
  };
  for (const { path: below, fill } of holesIn(values, value, `${path}{}.`, depth + 1)) {
    yield { path: below, fill: (text) => ({ ...around, [key]: fill(text) }) };
  }
}
