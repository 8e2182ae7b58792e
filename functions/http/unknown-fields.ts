import type { z } from "zod";
import { isKey } from "../../core/dictionaries.ts";

type Path = readonly PropertyKey[];
type Schema = z.core.$ZodType;

/**
 * The paths of fields that a schema does not know, however deep: a misspelt field that is dropped in silence
 * is a setting that an owner believes to be made. It reads zod's own definitions, so that no schema has to
 * remember to be strict; what it can't look into (a transform, `any`) it lets pass.
 */
export function unknownFields(schema: Schema, value: unknown, path: Path = []): Path[] {
  const { def } = schema._zod as z.core.$ZodTypes["_zod"];
  switch (def.type) {
    case "object":
      return inObject(def, value, path);
    case "array":
      if (!Array.isArray(value)) return [];
      return value.flatMap((entry, index) => unknownFields(def.element, entry, [...path, index]));
    case "record":
      if (!isObject(value)) return [];
      return Object.entries(value).flatMap(([key, entry]) =>
        // Zod leaves it out, whatever the schema of the keys says of it.
        isKey(key) ? unknownFields(def.valueType, entry, [...path, key]) : [[...path, key]],
      );
    case "tuple":
      if (!Array.isArray(value)) return [];
      return def.items.flatMap((item, index) => unknownFields(item, value[index], [...path, index]));
    case "union":
      return inUnion(def.options, value, path);
    case "intersection":
      return inBoth(unknownFields(def.left, value, path), unknownFields(def.right, value, path));
    case "optional":
    case "nullable":
    case "default":
    case "prefault":
    case "nonoptional":
    case "readonly":
    case "catch":
      return unknownFields(def.innerType, value, path);
    case "pipe":
      return unknownFields(def.in, value, path);
    case "lazy":
      return unknownFields(def.getter(), value, path);
    default:
      return [];
  }
}

function inObject(def: z.core.$ZodObjectDef, value: unknown, path: Path): Path[] {
  if (!isObject(value)) return [];
  return Object.keys(value).flatMap((key) => {
    const field = Object.hasOwn(def.shape, key) ? def.shape[key] : undefined;
    if (field) return unknownFields(field, value[key], [...path, key]);
    const open = def.catchall && def.catchall._zod.def.type !== "never";
    return open ? [] : [[...path, key]];
  });
}

/** A field is unknown when it is so in the branch that suits the value best; where none suits, parsing says so. */
function inUnion(options: readonly Schema[], value: unknown, path: Path): Path[] {
  const found = options
    .filter((option) => suits(option, value))
    .map((option) => unknownFields(option, value, path));
  return found.sort((a, b) => a.length - b.length)[0] ?? [];
}

/** Whether the value is meant for this branch: it parses, or the branch's literals are the value's own. */
function suits(option: Schema, value: unknown): boolean {
  const { def } = option._zod as z.core.$ZodTypes["_zod"];
  if (def.type !== "object") return (option as z.ZodType).safeParse(value).success;
  if (!isObject(value)) return false;
  const literals = Object.entries(def.shape).filter(([, field]) => field._zod.def.type === "literal");
  if (literals.length > 0) {
    return literals.every(([key, field]) => (field as z.ZodType).safeParse(value[key]).success);
  }
  return (option as z.ZodType).safeParse(value).success;
}

/** What neither side of an intersection knows. */
function inBoth(left: readonly Path[], right: readonly Path[]): Path[] {
  const known = new Set(right.map((path) => JSON.stringify(path)));
  return left.filter((path) => known.has(JSON.stringify(path)));
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
