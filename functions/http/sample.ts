import type { oas31 } from "zod-openapi";
import type { Document } from "./openapi.ts";

export type Schema = oas31.SchemaObject;
type Reference = Schema | oas31.ReferenceObject;

/** The schema that a reference stands for, with the name of the component it came from. */
export function resolve(schema: Reference, document: Document): { schema: Schema; name?: string } {
  if (!("$ref" in schema) || !schema.$ref) return { schema: schema as Schema };
  const name = schema.$ref.split("/").at(-1) ?? "";
  const found = document.components?.schemas?.[name];
  if (!found) throw new Error(`The document has no schema ${name}`);
  return { ...resolve(found, document), name };
}

/** A value that fits a schema, from its own examples where it has some; what is optional comes in if shallow. */
export function sampleOf(reference: Reference, document: Document, depth = 0): unknown {
  const { schema } = resolve(reference, document);
  const given = schema.example ?? schema.examples?.[0] ?? schema.const ?? schema.default ?? schema.enum?.[0];
  if (given !== undefined) return given;
  const first = (schema.oneOf ?? schema.anyOf)?.[0];
  if (first) return sampleOf(first, document, depth);
  if (schema.allOf) {
    return Object.assign({}, ...schema.allOf.map((part) => sampleOf(part, document, depth)));
  }
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case "object":
      return sampleObject(schema, document, depth);
    case "array":
      return schema.items && depth < 4 ? [sampleOf(schema.items as Reference, document, depth + 1)] : [];
    case "integer":
    case "number":
      return schema.minimum ?? 1;
    case "boolean":
      return true;
    case "null":
      return null;
    default:
      return sampleText(schema);
  }
}

function sampleObject(schema: Schema, document: Document, depth: number): Record<string, unknown> {
  const required = new Set(schema.required ?? []);
  return Object.fromEntries(
    Object.entries(schema.properties ?? {})
      .filter(([name]) => required.has(name) || depth < 1)
      .map(([name, property]) => [name, sampleOf(property, document, depth + 1)]),
  );
}

const byFormat: Record<string, string> = {
  "date-time": "2026-11-24T02:00:00.000Z",
  date: "2026-11-24",
  email: "ani@example.com",
  uri: "https://kopisenja.example",
};

function sampleText({ format, pattern, minLength = 0 }: Schema): string {
  const known = format && byFormat[format];
  if (known) return known;
  const prefix = pattern && /^\^\(?([a-z]{3})\)?_/.exec(pattern)?.[1];
  if (prefix) return `${prefix}_7hkq2mbcdf34ghjk`;
  return "text".padEnd(minLength, "x");
}
