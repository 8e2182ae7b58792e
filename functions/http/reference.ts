import { createHash } from "node:crypto";
import Handlebars from "handlebars";
import type { oas31 } from "zod-openapi";
import source from "../../templates/pages/reference.hbs";
import type { Document } from "./openapi.ts";
import { kinds } from "./problems.ts";
import { resolve, sampleOf } from "./sample.ts";
import { type Row, rowsOf, typeOf } from "./schema-rows.ts";

type Operation = oas31.OperationObject;
type Parameter = oas31.ParameterObject;

/**
 * The reference page, made of the OpenAPI document on the server: it needs no script and nothing from other
 * hosts. `styleHash` is what the page's content security policy has to allow.
 */
export function referencePage(document: Document, base: string): { html: string; styleHash: string } {
  const html = Handlebars.compile(source, { knownHelpersOnly: true })(viewOf(document, base));
  const style = /<style>([\s\S]*?)<\/style>/.exec(html)?.[1] ?? "";
  return { html, styleHash: createHash("sha256").update(style).digest("base64") };
}

function viewOf(document: Document, base: string) {
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    Object.entries(item as Record<string, Operation>).map(([method, operation]) => ({
      tag: operation.tags?.[0] ?? "",
      ...operationView({ document, base, path, method, operation }),
    })),
  );
  return {
    introduction: paragraphs(document.info.description),
    base,
    groups: (document.tags ?? []).map(({ name }) => ({
      name,
      anchor: anchorOf(name),
      operations: operations.filter(({ tag }) => tag === name),
    })),
    problems: Object.entries(kinds).map(([kind, { status, title }]) => ({ kind, status, title })),
    types: Object.entries(document.components?.schemas ?? {}).map(([name, schema]) => ({
      name,
      description: schema.description ?? "",
      type: typeOf(schema, document),
      rows: rowsOf(schema, document),
    })),
  };
}

type Facts = { document: Document; base: string; path: string; method: string; operation: Operation };

function operationView(facts: Facts) {
  const { document, path, method, operation } = facts;
  // The one header there is, Idempotency-Key, is told of once, at the top.
  const parameters = ((operation.parameters ?? []) as Parameter[]).filter(
    ({ in: place }) => place !== "header",
  );
  const schema = bodyOf(operation)?.schema;
  return {
    anchor: operation.operationId ?? "",
    method: method.toUpperCase(),
    path,
    summary: operation.summary ?? "",
    description: paragraphs(operation.description),
    access: accessOf(operation),
    parameters: parameters.map((parameter) => parameterRow(parameter, document)),
    body: schema && { type: typeOf(schema, document), rows: rowsOf(schema, document) },
    curl: curlOf(facts),
    answers: answersOf(operation, document),
    problems: Object.entries((operation.responses ?? {}) as Record<string, { $ref?: string }>)
      .filter(([, { $ref }]) => $ref)
      .map(([status, { $ref = "" }]) => ({ status, kind: kebab($ref.split("/").at(-1) ?? "") })),
  };
}

/** The rows of a type that has no name to look it up by. */
const inPlace = (schema: oas31.SchemaObject | oas31.ReferenceObject, document: Document): Row[] =>
  resolve(schema, document).name ? [] : rowsOf(schema, document);

function answersOf(operation: Operation, document: Document) {
  return Object.entries(operation.responses ?? {}).flatMap(([status, response]) => {
    if (!response || "$ref" in response) return [];
    const schema = (response as oas31.ResponseObject).content?.["application/json"]?.schema;
    return [
      {
        status,
        description: (response as oas31.ResponseObject).description,
        type: schema ? typeOf(schema, document) : [],
        rows: schema ? inPlace(schema, document) : [],
      },
    ];
  });
}

function parameterRow(
  { name, in: place, required, description, schema }: Parameter,
  document: Document,
): Row {
  const inside = schema ? rowsOf({ type: "object", properties: { [name]: schema } }, document)[0] : undefined;
  return {
    ...(inside ?? { type: [], notes: [], depth: 0 }),
    name,
    required: required ?? false,
    description: description ?? inside?.description ?? "",
    place: place === "path" ? "path" : "query",
  };
}

function accessOf({ security = [] }: Operation): { operator: boolean; scope: string } {
  return {
    operator: security.some((one) => "operator" in one),
    scope: security.flatMap((one) => one.key ?? [])[0] ?? "",
  };
}

const bodyOf = ({ requestBody }: Operation) =>
  requestBody && "content" in requestBody ? requestBody.content["application/json"] : undefined;

function curlOf({ document, base, path, method, operation }: Facts): string {
  const filled = ((operation.parameters ?? []) as Parameter[])
    .filter((parameter) => parameter.in === "path")
    .reduce(
      (url, { name, schema }) =>
        url.replace(`{${name}}`, pathSample(name, schema && sampleOf(schema, document))),
      path,
    );
  const example = bodyOf(operation)?.example as unknown;
  return [
    `curl ${method === "get" ? "" : `-X ${method.toUpperCase()} `}${base}${filled}`,
    `-H "Authorization: Bearer $SAPA_KEY"`,
    ...(example === undefined
      ? []
      : [
          '-H "Content-Type: application/json"',
          `-d '${JSON.stringify(example, null, 2).replaceAll("'", "'\\''")}'`,
        ]),
  ].join(" \\\n  ");
}

/** Ids that are the owner's own have no form from which a sample could be made. */
const pathSample = (name: string, sample: unknown): string => {
  if (name === "order") return "INV-1017";
  if (name === "item") return "KSGA";
  return String(sample);
};

const paragraphs = (text = ""): string[] => text.split(/\n{2,}/).filter((one) => one !== "");
const anchorOf = (name: string): string => `group-${name.toLowerCase().replace(/\W+/g, "-")}`;
const kebab = (name: string): string => name.replace(/(?<!^)([A-Z])/g, "-$1").toLowerCase();
