import type { oas31 } from "zod-openapi";
import type { Document } from "./openapi.ts";
import { resolve, type Schema } from "./sample.ts";

type Reference = Schema | oas31.ReferenceObject;

/** A type as a reader sees it: words, and names of types that have a place of their own on the page. */
export type TypePart = { text: string; link?: string };

/** A line of a table of fields; `depth` is how far it stands inside others. */
export type Row = {
  name: string;
  type: TypePart[];
  notes: string[];
  required: boolean;
  description: string;
  depth: number;
  /** Where a parameter goes. */
  place?: string;
  /** Set on the line that opens one of several forms. */
  form?: string;
};

/** The fields of a schema as lines, those of objects without a name of their own right below theirs. */
export function rowsOf(reference: Reference, document: Document, depth = 0): Row[] {
  const { schema } = resolve(reference, document);
  const forms = schema.oneOf ?? schema.anyOf;
  if (forms) return formsOf(forms, document, depth);
  if (schema.allOf) return schema.allOf.flatMap((part) => partRows(part, document, depth));
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const { schema: own, name: component } = resolve(property, document);
    return [
      {
        name,
        type: typeOf(property, document),
        // A type with a place of its own says these things there.
        notes: component ? [] : notesOf(own),
        required: required.has(name),
        description: component ? "" : (own.description ?? ""),
        depth,
      },
      ...(component || depth > 3 ? [] : insideOf(own, document, depth + 1)),
    ];
  });
}

const partRows = (part: Reference, document: Document, depth: number): Row[] => {
  const { name } = resolve(part, document);
  if (!name) return rowsOf(part, document, depth);
  const form = "all fields of";
  return [
    { name: "", type: typeOf(part, document), notes: [], required: false, description: "", depth, form },
  ];
};

/** Forms that have fields, one after the other; forms that are plain values are told by the type alone. */
function formsOf(forms: readonly Reference[], document: Document, depth: number): Row[] {
  const known = forms.filter((form) => {
    const { schema, name } = resolve(form, document);
    return name || schema.properties || schema.anyOf || schema.oneOf;
  });
  if (known.length < 2) return known.flatMap((form) => rowsOf(form, document, depth));
  return known.flatMap((form, at) => {
    const { name } = resolve(form, document);
    const opening: Row = {
      name: "",
      type: name ? typeOf(form, document) : [],
      notes: [],
      required: false,
      description: "",
      depth,
      form: at === 0 ? "either" : "or",
    };
    return [opening, ...(name ? [] : rowsOf(form, document, depth + 1))];
  });
}

function insideOf(schema: Schema, document: Document, depth: number): Row[] {
  if (schema.type === "array" && schema.items) {
    const { schema: item, name } = resolve(schema.items as Reference, document);
    return name ? [] : insideOf(item, document, depth);
  }
  const entries = schema.additionalProperties;
  if (typeof entries === "object") {
    return resolve(entries, document).name ? [] : insideOf(entries as Schema, document, depth);
  }
  return rowsOf(schema, document, depth);
}

/** What a schema is, in words: `list of OrderLine`, `text or number`. */
export function typeOf(reference: Reference, document: Document): TypePart[] {
  const { schema, name } = resolve(reference, document);
  if (name) return [{ text: name, link: `type-${name}` }];
  const forms = schema.oneOf ?? schema.anyOf;
  if (forms) return orOf(forms, document);
  if (schema.allOf) return [{ text: "object" }];
  if (schema.enum) return [{ text: schema.enum.map((one) => JSON.stringify(one)).join(" | ") }];
  if (schema.const !== undefined) return [{ text: JSON.stringify(schema.const) }];
  if (Array.isArray(schema.type)) return [{ text: schema.type.map(wordFor).join(" or ") }];
  if (schema.type === "array") {
    return [{ text: "list of " }, ...typeOf((schema.items ?? {}) as Reference, document)];
  }
  if (schema.type === "object" && typeof schema.additionalProperties === "object") {
    return [{ text: "map of name to " }, ...typeOf(schema.additionalProperties, document)];
  }
  return [
    { text: wordFor(schema.format && formats[schema.format] ? schema.format : (schema.type ?? "any")) },
  ];
}

/** The forms, each kind once: twenty objects are still "object". */
function orOf(forms: readonly Reference[], document: Document): TypePart[] {
  const kinds = new Map(
    forms.map((form) => [JSON.stringify(typeOf(form, document)), typeOf(form, document)]),
  );
  return [...kinds.values()].flatMap((parts, at) => (at === 0 ? parts : [{ text: " or " }, ...parts]));
}

const formats: Record<string, string> = {
  "date-time": "time",
  date: "day",
  email: "email address",
  uri: "URL",
};
const words: Record<string, string> = {
  ...formats,
  string: "text",
  integer: "whole number",
  any: "anything",
};
const wordFor = (type: string): string => words[type] ?? type;

function notesOf(schema: Schema): string[] {
  const { minLength, maxLength, minItems, maxItems, minimum, maximum } = schema;
  return [
    within(minLength, maxLength, " characters"),
    within(minItems, maxItems, " entries"),
    within(minimum, maximum, ""),
    schema.default === undefined || isLong(schema.default) ? "" : `default ${JSON.stringify(schema.default)}`,
    schema.example === undefined || schema.format === "date-time"
      ? ""
      : `such as ${JSON.stringify(schema.example)}`,
  ].filter((note) => note !== "");
}

function within(least: number | undefined, most: number | undefined, unit: string): string {
  if (least === undefined && most === undefined) return "";
  if (least === undefined) return `at most ${most}${unit}`;
  if (most === undefined) return `at least ${least}${unit}`;
  return `${least}–${most}${unit}`;
}

const isLong = (value: unknown): boolean => JSON.stringify(value).length > 60;
