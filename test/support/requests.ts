import { type Document, documentOf } from "../../functions/http/openapi.ts";
import { operations } from "../../functions/http/operations.ts";
import type { Route } from "../../functions/http/route.ts";
import { openApiPath } from "../../functions/http/router.ts";
import { type Schema, sampleOf } from "../../functions/http/sample.ts";

/** Ids of one business's things, by the names that parameters of paths have: `{ customer: "cus_…", … }`. */
export type Ids = Record<string, string>;

export const document: Document = documentOf(operations, "http://127.0.0.1");

/** The parameters in a route's path: `["business", "key"]`. */
export const parametersOf = ({ path }: Route): string[] =>
  [...path.matchAll(/\{(\w+)\+?\}/g)].map(([, name = ""]) => name);

/** A route's path with these ids in it, encoded; `no-…` stands for one that is not given. */
export const filled = (route: Route, ids: Ids): string =>
  openApiPath(route.path).replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(ids[name] ?? `no-${name}`));

/** A body that fits, in which ids of each kind are the given ones; `undefined` where a route takes none. */
export function bodyOf({ body, example }: Route, ids: Ids): unknown {
  if (!body) return undefined;
  const sample = example ?? sampleOf(schemaOf(body), document);
  const text = JSON.stringify(sample).replace(/"(cus|seg|tpl|cam|run)_[a-z0-9_-]+"/g, (_, prefix) =>
    JSON.stringify(ids[nouns[prefix] ?? ""]),
  );
  return JSON.parse(text);
}

const nouns: Record<string, string> = {
  cus: "customer",
  seg: "segment",
  tpl: "template",
  cam: "campaign",
  run: "run",
};

/** What the OpenAPI document says of a route's body. */
export function schemaOf(body: NonNullable<Route["body"]>): Schema {
  const route = operations.find((one) => one.body === body);
  const operation =
    route && document.paths?.[openApiPath(route.path)]?.[route.method.toLowerCase() as "post"];
  const asked = operation?.requestBody;
  const schema = asked && "content" in asked ? asked.content["application/json"]?.schema : undefined;
  if (!schema) throw new Error(`There is no schema of the body of ${route?.id}`);
  return schema as Schema;
}
