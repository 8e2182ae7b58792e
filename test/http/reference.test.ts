import { beforeAll, describe, expect, test } from "vitest";
import { operations } from "../../functions/http/operations.ts";
import { pages } from "../../functions/http/pages.ts";
import { openApiPath } from "../../functions/http/router.ts";
import { apiOf } from "./api.ts";

const { call } = apiOf(operations, { pages });

describe("the reference page", () => {
  let html: string;
  let headers: Record<string, string>;
  beforeAll(async () => {
    const answer = await call("GET /docs", {
      headers: { host: "localhost:3000", "x-forwarded-proto": "http" },
    });
    html = String(answer.body);
    headers = answer.headers;
  });

  test("shows every operation with its path, and an example that can be copied", () => {
    for (const { id, path, method } of operations) {
      const start = html.indexOf(`<article id="${id}"`);
      expect(start, id).toBeGreaterThan(0);
      const article = html.slice(start, html.indexOf("</article>", start));
      expect(article).toContain(`<span class="path">${openApiPath(path)}</span>`);
      expect(article).toContain(`>${method}</span>`);
      expect(article).toMatch(/curl .*http:\/\/localhost:3000\/v1\//);
      expect(article).not.toContain("undefined");
    }
  });

  test("needs nothing from elsewhere and no script, and its policy forbids both", () => {
    expect(html).not.toMatch(/<script|<link|<img|@import|url\(|\son\w+=/i);
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(headers["content-security-policy"]).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/=]+';/);
  });

  test("has a place for whatever it links to, and no id twice", () => {
    const ids = [...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const links = [...html.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
    expect([...new Set(links)].filter((link) => !ids.includes(link))).toEqual([]);
  });

  test("says what each problem type means", () => {
    for (const kind of ["invalid", "unauthenticated", "forbidden", "not-found", "conflict", "internal"]) {
      expect(html).toContain(`id="problem-${kind}"`);
    }
  });

  test("does not repeat a host that is no host", async () => {
    const { body } = await call("GET /docs", { headers: { host: '"><script>alert(1)</script>' } });
    expect(body).not.toContain("alert(1)");
  });
});

test("anyone may ask for the document, the health and the beginning", async () => {
  expect((await call("GET /openapi.json")).body).toMatchObject({ openapi: "3.1.0" });
  expect((await call("GET /health")).body).toEqual({ status: "ok" });
  expect(await call("GET /")).toMatchObject({ status: 302, headers: { location: "/docs" } });
});
