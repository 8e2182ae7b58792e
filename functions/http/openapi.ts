import { z } from "zod";
import {
  type CreateDocumentOptions,
  createDocument,
  type oas31,
  type ZodOpenApiOperationObject,
  type ZodOpenApiResponsesObject,
} from "zod-openapi";
import { components } from "./components.ts";
import { type Kind, kindOf, kinds } from "./problems.ts";
import type { Access, Route } from "./route.ts";
import { openApiPath } from "./router.ts";
import { sampleOf } from "./sample.ts";

export type Document = oas31.OpenAPIObject;

const introduction = [
  "Everything an owner can do with Sapa, as JSON over HTTPS.",
  "Keys. Send yours with each request: Authorization: Bearer sapa_…. A key does what its scopes allow, in its own business only.",
  "Errors are problem details (RFC 9457) that name each field at fault. A field that is not known here is refused, so that a misspelt one does not go unnoticed. Each answer carries its id in x-request-id.",
  "Repeating. PUT, PATCH and DELETE may be repeated. So may a POST with an Idempotency-Key: for 24 hours it is carried out once and answered alike. An answer over 256 KB, or one with a new API key in it, is not kept; a repeat is then told with 409 that it was done.",
  "Lists come a page at a time: pass next as cursor to go on.",
  "Times are ISO 8601 with an offset, amounts whole numbers of the currency's minor unit: 1250 USD is $12.50, 2500000 IDR is Rp25.000,00. Ids in paths may hold slashes.",
].join("\n\n");

/** The OpenAPI 3.1 document of the routes, made of the very schemas by which requests are checked. */
export function documentOf(routes: readonly Route[], server = "/"): Document {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const route of routes) {
    const path = openApiPath(route.path);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  const document = createDocument(
    {
      openapi: "3.1.0",
      info: {
        title: "Sapa",
        version: "1",
        description: introduction,
        license: { name: "MIT", identifier: "MIT" },
      },
      servers: [{ url: server }],
      tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
      paths,
      components: {
        schemas: components,
        securitySchemes: {
          key: {
            type: "http",
            scheme: "bearer",
            description: "A key of the business, sapa_…; each operation names the scope that it needs",
          },
          operator: {
            type: "http",
            scheme: "bearer",
            description: "The admin key of whoever deployed Sapa, sapa_admin_…",
          },
        },
        responses: Object.fromEntries(
          (Object.keys(kinds) as Kind[]).map((kind) => [
            responseName(kind),
            {
              description: kinds[kind].title,
              content: { "application/problem+json": { schema: ProblemDetails } },
            },
          ]),
        ),
      },
    },
    { override, reused: "inline" },
  );
  return withExamples(document);
}

const ProblemDetails = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().meta({ description: "Names the request; its id is also in x-request-id" }),
    errors: z
      .array(z.object({ field: z.string(), message: z.string(), line: z.int().optional() }))
      .optional()
      .meta({ description: "What is wrong, field by field; `field` is a path such as lines.0.price" }),
  })
  .meta({ id: "Problem" });

function operationOf(route: Route): ZodOpenApiOperationObject {
  const { id, tag, summary, description, params, query, body, method } = route;
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description && { description }),
    security: securityOf(route.access),
    ...(method === "POST" && {
      parameters: [
        {
          in: "header",
          name: "Idempotency-Key",
          description: "Up to 255 visible characters; repeating the request with it carries it out once",
          schema: { type: "string", minLength: 1, maxLength: 255 },
        },
      ],
    }),
    ...((params || query) && { requestParams: { ...(params && { path: params }), ...(query && { query }) } }),
    ...(body && {
      requestBody: {
        required: !body.safeParse(undefined).success,
        content: {
          "application/json": {
            schema: body,
            ...(route.example !== undefined && { example: route.example }),
          },
        },
      },
    }),
    responses: responsesOf(route),
  };
}

const meanings: Record<number, string> = {
  200: "Done",
  201: "Created",
  202: "Accepted: it goes on by itself",
  204: "Done; there is no body",
};

function responsesOf(route: Route): ZodOpenApiResponsesObject {
  const given = Object.entries(route.answers).map(([status, schema]) => [
    status,
    {
      description: meanings[Number(status)] ?? "Done",
      ...(schema && { content: { "application/json": { schema } } }),
    },
  ]);
  const problems = problemsOf(route).map((status) => [
    String(status),
    { $ref: `#/components/responses/${responseName(kindOf(status))}` },
  ]);
  return Object.fromEntries([...given, ...problems]);
}

/** The statuses of the problems that an operation may answer. */
export function problemsOf({ method, params, body, problems = [] }: Route): number[] {
  const repeatable = method === "POST" ? [409, 422] : [];
  // 405: API Gateway hands on a path cut at an encoded question mark, which can then be another operation's.
  const named = params ? [404, 405] : [];
  const sized = body ? [413, 415] : [];
  return [...new Set([400, 401, 403, ...named, ...sized, ...repeatable, ...problems, 429, 500])].sort();
}

const securityOf = (access: Access) => {
  if (access === "operator") return [{ operator: [] }];
  return typeof access === "string" ? [{ key: [access] }] : [{ operator: [] }, { key: [access.operatorOr] }];
};

/** `not-found` is the response NotFound. */
const responseName = (kind: Kind): string =>
  kind.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());

const override: NonNullable<CreateDocumentOptions["override"]> = ({ jsonSchema, zodSchema, io }) => {
  const { def } = zodSchema._zod as z.core.$ZodTypes["_zod"];
  // Unknown fields are refused everywhere, as the introduction says; saying it in each schema would only make
  // requests and answers differ that are the same.
  if (def.type === "object" && !def.catchall) delete jsonSchema.additionalProperties;
  // What the format says need not be said again in two hundred characters.
  if (jsonSchema.format === "email" || jsonSchema.format === "date-time" || jsonSchema.format === "date") {
    delete jsonSchema.pattern;
  }
  // A time that is converted to UTC is still text, which zod can't know of a transform.
  if (def.type === "pipe" && io === "output" && jsonSchema.format === "date-time") jsonSchema.type = "string";
  // The bounds of what a double can hold tell a reader nothing.
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
};

/** Gives each request body without an example one that is made up from its schema. */
function withExamples(document: Document): Document {
  for (const item of Object.values(document.paths ?? {})) {
    for (const operation of Object.values(item as Record<string, oas31.OperationObject>)) {
      const body =
        operation.requestBody && "content" in operation.requestBody ? operation.requestBody : undefined;
      const media = body?.content["application/json"];
      if (media?.schema && media.example === undefined) media.example = sampleOf(media.schema, document);
    }
  }
  return document;
}
