import { describe, expect, test } from "vitest";
import { components } from "../../functions/http/components.ts";
import { documentOf, problemsOf } from "../../functions/http/openapi.ts";
import { operations } from "../../functions/http/operations.ts";
import { allowed, openApiPath, routerOf } from "../../functions/http/router.ts";
import { unknownFields } from "../../functions/http/unknown-fields.ts";

const document = documentOf(operations, "https://api.example.com");
type Operation = {
  operationId: string;
  responses: Record<string, unknown>;
  parameters?: { in: string; name: string }[];
  requestBody?: { content: Record<string, { example?: unknown }> };
};
const operationAt = (path: string, method: string): Operation | undefined =>
  (document.paths?.[openApiPath(path)] as unknown as Record<string, Operation> | undefined)?.[
    method.toLowerCase()
  ];
const withBody = operations.filter(({ body }) => body);

describe("the OpenAPI document", () => {
  test("is a version 3.1 document with a title, a server and tags", () => {
    expect(document).toMatchObject({
      openapi: "3.1.0",
      info: { title: "Sapa", version: expect.any(String) },
      servers: [{ url: "https://api.example.com" }],
    });
    const tags = document.tags?.map(({ name }) => name);
    expect(new Set(operations.map(({ tag }) => tag))).toEqual(new Set(tags));
  });

  test("has each operation with all its answers, parameters and problems", () => {
    for (const route of operations) {
      const operation = operationAt(route.path, route.method);
      expect(operation?.operationId).toBe(route.id);
      const statuses = Object.keys(operation?.responses ?? {}).map(Number);
      expect(new Set(statuses)).toEqual(
        new Set([...Object.keys(route.answers).map(Number), ...problemsOf(route)]),
      );
      const inPath = [...route.path.matchAll(/\{(\w+)\+?\}/g)].map(([, name]) => name);
      const given = operation?.parameters
        ?.filter((parameter) => parameter.in === "path")
        .map(({ name }) => name);
      expect(given ?? [], route.id).toEqual(inPath);
      expect(Boolean(operation?.requestBody)).toBe(Boolean(route.body));
    }
  });

  test("names each operation once, and no two at the same path and method", () => {
    expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length);
    const places = operations.map(({ method, path }) => `${method} ${path.replace(/\{\w+\+?\}/g, "{}")}`);
    expect(new Set(places).size).toBe(operations.length);
  });

  test("refers only to what it holds", () => {
    const text = JSON.stringify(document);
    const references = [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = ""]) => path);
    expect(references.length).toBeGreaterThan(50);
    for (const path of new Set(references)) {
      const found = path
        .split("/")
        .reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], document);
      expect(found, path).toBeDefined();
    }
  });

  test("leaves no named type empty", () => {
    for (const name of Object.keys(components)) {
      const schema = document.components?.schemas?.[name];
      expect(schema, name).toBeDefined();
      expect(Object.keys(schema ?? {}), name).not.toEqual([]);
    }
  });

  test("says for each operation which key it needs", () => {
    const text = JSON.stringify(document);
    for (const { access } of operations) {
      const scope = typeof access === "string" ? access : access.operatorOr;
      expect(text).toContain(scope === "operator" ? '{"operator":[]}' : `{"key":["${scope}"]}`);
    }
  });

  test.each(withBody.map((route) => [route.id, route] as const))(
    "%s has an example that it accepts",
    (_, route) => {
      const example = operationAt(route.path, route.method)?.requestBody?.content["application/json"]
        ?.example;
      expect(example).toBeDefined();
      const result = route.body?.safeParse(example);
      expect(result?.error?.issues ?? []).toEqual([]);
      if (route.body) expect(unknownFields(route.body, example)).toEqual([]);
    },
  );
});

test("the router finds each operation at its own path", () => {
  const router = routerOf(operations);
  for (const route of operations) {
    const path = route.path.replace(/\{\w+\+?\}/g, "x_1");
    expect(router(route.method, path).route.id).toBe(route.id);
    expect(allowed([route.method])).toContain(route.method);
  }
});
