import { METHODS, request } from "node:http";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { operations } from "../../functions/http/operations.ts";
import { allowed, openApiPath } from "../../functions/http/router.ts";
import { hostileNames } from "../names/hostile.ts";
import { useHost } from "../support/host.ts";
import { header, story } from "../support/story.ts";

const host = useHost({ now: "2026-11-24T01:00:00Z" });
let shop: { business: string; key: string };
let pages: string[];
const owner = story(host, () => shop.key);

/** All that Node's own parser knows, but for CONNECT, which is for proxies and opens no request. */
const methods = METHODS.filter((method) => method !== "CONNECT");

/** Sends a request with its path to the letter, which fetch would tidy up first. */
const send = (url: string, method: string, headers: Record<string, string> = {}) =>
  new Promise<{ status: number; allow: string | undefined; body: string }>((resolve, reject) => {
    const [, origin = "", path = "/"] = /^(https?:\/\/[^/]+)(.*)$/s.exec(url) ?? [];
    const { hostname, port } = new URL(origin);
    const sent = request({ hostname, port, path, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          allow: response.headers.allow,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    sent.on("error", reject);
    sent.end();
  });

beforeAll(async () => {
  shop = await host.shop();
  await owner.customer({ email: "ani@example.com" });
  await owner.run(await owner.campaign({ kind: "broadcast", template: "broadcast", topic: "news" }));
  const [mail] = host.mails("ani@example.com");
  const [, unsubscribe = ""] = /<(https?:[^>]+)>/.exec(header(mail ?? {}, "List-Unsubscribe") ?? "") ?? [];
  const { url: join } = await owner.ask("GET /v1/sign-up");
  pages = [
    unsubscribe,
    join,
    ...["p", "r", "c"].map((kind) => unsubscribe.replace(/\/u\/.*/, `/${kind}/none`)),
  ];
}, 60_000);

describe("whatever the method", () => {
  test("a public page answers it, or says which it knows", async () => {
    for (const page of pages) {
      for (const method of methods) {
        const { status, allow } = await send(page, method);
        const known = ["GET", "HEAD", "POST"].includes(method);
        if (known) expect([200, 400, 404], `${method} ${page}`).toContain(status);
        else expect(status, `${method} ${page}`).toBe(method === "OPTIONS" ? 204 : 405);
        if (!known) expect(allow).toBe("GET, POST, HEAD, OPTIONS");
      }
    }
  });

  test("a path without a page is none for all of them", async () => {
    const { origin } = new URL(pages[0] ?? "");
    for (const method of methods) expect((await send(`${origin}/x`, method)).status, method).toBe(404);
  });

  test("an operation of the API answers it, or says which it knows", async () => {
    const paths = [...new Set(operations.map(({ path }) => openApiPath(path)))];
    for (const path of paths) {
      const known = operations.filter((one) => openApiPath(one.path) === path).map(({ method }) => method);
      const url = `${host.host.apiUrl}${path.replace(/\{\w+\}/g, "none")}`;
      for (const method of methods.filter((one) => !allowed(known).includes(one))) {
        const { status, allow } = await send(url, method, { authorization: `Bearer ${shop.key}` });
        expect(status, `${method} ${path}`).toBe(405);
        // `/v1/customers/none` fits one path only, but a preview is both a template's name and an operation.
        for (const one of known) expect(allow?.split(", "), `${method} ${path}`).toContain(one);
      }
      const asked = await send(url, "OPTIONS");
      expect(asked, path).toMatchObject({ status: 204, allow: expect.stringContaining("OPTIONS") });
    }
  }, 60_000);

  test("the pages beside the API answer GET and HEAD only, and say so", async () => {
    for (const path of ["/docs", "/openapi.json", "/health", "/"]) {
      for (const method of methods) {
        const { status, allow, body } = await send(`${host.host.apiUrl}${path}`, method);
        if (method === "GET") expect(status).toBeLessThan(400);
        else if (method === "HEAD") expect(body).toBe("");
        else
          expect([status, allow], `${method} ${path}`).toEqual([
            method === "OPTIONS" ? 204 : 405,
            "GET, HEAD, OPTIONS",
          ]);
      }
    }
  });
});

describe("whatever the path", () => {
  const odd = [
    ...[
      "//",
      "///",
      "/.",
      "/..",
      "/%",
      "/%2f",
      "/%2F%2F",
      "/%00",
      "/%ff",
      "/%c0%af",
      "/%E0%80%80",
      "/%u0041",
    ],
    ...["/u", "/u/", "/u//", "//u/x", "/u//x", "/u/x/", "/u/x//", "/u/x/y", "/u/%2e%2e", "/u/../v1", "/U/x"],
    ...[
      "/join",
      "/join/",
      "/c/%2f",
      "/p/x;y=z",
      "/r/x#y",
      "/v1",
      "/v1/",
      "//v1/items",
      "/v1//items",
      "/v1/items//",
    ],
    ...[
      "/v1/items/%2e%2e/%2e%2e/customers",
      "/v1/customers/%2f",
      "/v1/items/a%2fb",
      "/v1/orders/%3Fa",
      "/V1/items",
    ],
    ...["/__proto__", "/constructor", "/v1/__proto__", "/toString", "/docs/", "/docs//", "/openapi.json/"],
  ];
  const anyPath = fc.oneof(
    fc
      .array(
        fc.constantFrom(
          "/",
          "//",
          "u",
          "v1",
          "items",
          "%2f",
          "%00",
          "%",
          "..",
          "%ff",
          "x",
          "join",
          "?",
          "&",
          "=",
          ";",
        ),
        {
          maxLength: 12,
        },
      )
      .map((parts) => `/${parts.join("")}`),
    fc.constantFrom(...hostileNames).map((name) => `/u/${encodeURIComponent(name).slice(0, 2000)}`),
    fc.constantFrom(...hostileNames).map((name) => `/v1/items?${encodeURIComponent(name).slice(0, 2000)}=1`),
    fc.webUrl({ withQueryParameters: true }).map((url) => url.replace(/^https?:\/\/[^/?#]+/, "") || "/"),
  );

  test("neither API answers with a fault", { timeout: 120_000 }, async () => {
    const origins = [new URL(pages[0] ?? "").origin, host.host.apiUrl];
    const fine = async (path: string, method: string) => {
      for (const origin of origins) {
        const { status } = await send(`${origin}${path}`, method, { authorization: `Bearer ${shop.key}` });
        expect(status, `${method} ${path}`).toBeLessThan(500);
        expect(status, `${method} ${path}`).toBeGreaterThanOrEqual(200);
      }
    };
    for (const path of odd)
      for (const method of ["GET", "POST", "TRACE", "OPTIONS"]) await fine(path, method);
    await fc.assert(fc.asyncProperty(anyPath, fc.constantFrom(...methods), fine), { numRuns: 150 });
  });
});
