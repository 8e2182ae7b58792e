import { request } from "node:http";
import { createRequire } from "node:module";
import { afterEach, describe, expect, test } from "vitest";
import { type LocalHost, startHost } from "../../local/host.ts";
import type { HttpEvent } from "../../local/http/event.ts";
import { apiResources, apiUrlOutput, everything, stackOf, withRights } from "./support/stack.ts";

let host: LocalHost | undefined;
const printed: string[] = [];
afterEach(async () => {
  await host?.stop();
  host = undefined;
  printed.length = 0;
});

/** An API whose one function answers with what the module text returns. */
async function api(source: string): Promise<LocalHost> {
  const assembly = withRights(stackOf({ Handler: source }, apiResources("Handler")), [everything]);
  assembly.template.Outputs = apiUrlOutput;
  host = await startHost(assembly, {
    port: 0,
    now: Date.parse("2026-11-24T02:00:00Z"),
    print: (line) => printed.push(line),
  });
  return host;
}

const echo = "export const handler = async (event) => event;";

describe("an HTTP API's event", () => {
  test("has the path decoded, the query as it came, and repeated values joined by commas", async () => {
    const { apiUrl } = await api(echo);
    const answer = await fetch(`${apiUrl}/v1/items/kopi%20susu%2F1?a=1&b=x%20y&a=2`, {
      headers: { "X-Custom": "One", cookie: "s=1; t=2", "user-agent": "test" },
    });
    const event = (await answer.json()) as HttpEvent;
    expect(event).toMatchObject({
      version: "2.0",
      routeKey: "$default",
      rawPath: "/v1/items/kopi susu/1",
      rawQueryString: "a=1&b=x%20y&a=2",
      queryStringParameters: { a: "1,2", b: "x y" },
      cookies: ["s=1", "t=2"],
      headers: { "x-custom": "One" },
      isBase64Encoded: false,
      requestContext: {
        http: { method: "GET", path: "/v1/items/kopi susu/1", sourceIp: "127.0.0.1", userAgent: "test" },
        stage: "$default",
        time: "24/Nov/2026:02:00:00 +0000",
      },
    });
    expect(event.headers).not.toHaveProperty("cookie");
    expect(event).not.toHaveProperty("body");
  });

  test("without a query or cookies has neither", async () => {
    const { apiUrl } = await api(echo);
    const event = (await (await fetch(apiUrl)).json()) as HttpEvent;
    expect(event).toMatchObject({ rawPath: "/", rawQueryString: "" });
    expect(event).not.toHaveProperty("queryStringParameters");
    expect(event).not.toHaveProperty("cookies");
  });

  test.each([
    ["application/json", '{"a":"é"}', false],
    ["text/csv; charset=utf-8", "a,b", false],
    ["application/problem+json", "{}", false],
    ["application/x-www-form-urlencoded", "List-Unsubscribe=One-Click", true],
    ["application/octet-stream", "\u0000\u00ff", true],
  ])("carries a body of type %s as API Gateway does", async (type, body, encoded) => {
    const { apiUrl } = await api(echo);
    const answer = await fetch(apiUrl, { method: "POST", body, headers: { "content-type": type } });
    const event = (await answer.json()) as HttpEvent;
    expect(event.isBase64Encoded).toBe(encoded);
    expect(Buffer.from(event.body ?? "", encoded ? "base64" : "utf8").toString()).toBe(body);
  });

  test("is not made of a body over 10 MB, which answers 413", async () => {
    const { apiUrl } = await api(echo);
    const body = Buffer.alloc(10 * 1024 * 1024 + 1, 97);
    const answer = await fetch(apiUrl, { method: "POST", body, headers: { "content-type": "text/plain" } });
    expect(answer.status).toBe(413);
    expect(await answer.json()).toEqual({ message: "Request Entity Too Large" });
  });
});

describe("an HTTP API's answer", () => {
  test("has the status, headers, cookies and body that the function gave", async () => {
    const { apiUrl } = await api(`export const handler = async () => ({
      statusCode: 418, headers: { "Content-Type": "text/html", "X-A": 1 }, cookies: ["a=1", "b=2"], body: "<p>é" });`);
    const answer = await fetch(apiUrl);
    expect(answer.status).toBe(418);
    expect(answer.headers.get("content-type")).toBe("text/html");
    expect(answer.headers.get("x-a")).toBe("1");
    expect(answer.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(answer.headers.get("date")).toMatch(/^Tue, 24 Nov 2026 02:0/);
    expect(await answer.text()).toBe("<p>é");
  });

  test("decodes a body in base64", async () => {
    const { apiUrl } = await api(`export const handler = async () => ({
      statusCode: 200, isBase64Encoded: true, body: Buffer.from([0, 255]).toString("base64") });`);
    expect([...new Uint8Array(await (await fetch(apiUrl)).arrayBuffer())]).toEqual([0, 255]);
  });

  test.each([
    ["a status that is none", "({ statusCode: 'fine' })"],
    ["a body that is not text", "({ statusCode: 200, body: { a: 1 } })"],
    ["headers that are not an object", "({ statusCode: 200, headers: 'x' })"],
    ["an error", "{ throw new Error('secret detail'); }"],
  ])("is a 500 without detail for %s", async (_, answer) => {
    const { apiUrl } = await api(`export const handler = async () => ${answer};`);
    const response = await fetch(apiUrl);
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({ message: "Internal Server Error" });
  });

  test("of a function that failed is told on the terminal", async () => {
    const { apiUrl } = await api("export const handler = async () => { throw new Error('secret detail'); };");
    await fetch(apiUrl);
    expect(printed.join("\n")).toMatch(/^Handler failed: Error: secret detail\n {4}at /);
  });
});

describe("/_local", () => {
  test("tells and moves the clock, which functions see", async () => {
    const { apiUrl } = await api("export const handler = async () => ({ now: new Date() });");
    const move = async (body: unknown) => {
      const answer = await fetch(`${apiUrl}/_local/clock`, { method: "POST", body: JSON.stringify(body) });
      return {
        status: answer.status,
        ...((await answer.json()) as { now?: string; message?: string; fired?: unknown }),
      };
    };
    expect(await (await fetch(`${apiUrl}/_local/clock`)).json()).toEqual({
      now: expect.stringMatching(/^2026-11-24T02:00/),
    });
    host?.host.clock.at(Date.parse("2026-11-30T00:00:00Z"), () => {}, "schedule x");
    expect(await move({ to: "2026-12-01T07:00:00+07:00" })).toMatchObject({
      status: 200,
      now: expect.stringMatching(/^2026-12-01T00:00/),
      fired: [{ at: "2026-11-30T00:00:00.000Z", what: "schedule x" }],
    });
    expect((await move({ advance: "P1DT2H" })).now).toMatch(/^2026-12-02T02:00/);
    expect((await move({ advance: { days: 1, hours: 2 } })).now).toMatch(/^2026-12-03T04:00/);
    expect(await (await fetch(apiUrl)).json()).toEqual({ now: expect.stringMatching(/^2026-12-03T04:00/) });
    expect(await move({ to: "2026-01-01T00:00:00Z" })).toMatchObject({
      status: 400,
      message: expect.stringContaining("The clock can't go back"),
    });
    for (const body of [{}, { to: "tomorrow" }, { advance: "1 day" }, { advance: { fortnights: 1 } }, 7]) {
      expect(await move(body)).toMatchObject({
        status: 400,
        message: expect.stringContaining("To move the clock"),
      });
    }
  });

  test("says when nothing is under way any more", async () => {
    const { apiUrl } = await api(`export const handler = async () => {
      await new Promise((resolve) => setTimeout(resolve, 100)); return Date.now(); };`);
    let done = false;
    const slow = fetch(apiUrl).then(() => {
      done = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await (await fetch(`${apiUrl}/_local/idle`)).json()).toMatchObject({ idle: true });
    await slow;
    expect(done).toBe(true);
  });

  test("never reaches the product, and the product's paths never reach it", async () => {
    const { apiUrl } = await api(echo);
    expect((await fetch(`${apiUrl}/_local/other`)).status).toBe(404);
    const event = (await (await fetch(`${apiUrl}/_locality`)).json()) as HttpEvent;
    expect(event.rawPath).toBe("/_locality");
  });
});

describe("AWS calls", () => {
  const sdk = createRequire(import.meta.url).resolve("@aws-sdk/client-dynamodb");

  test("of a function reach the local services, signed with its own key, and no real account", async () => {
    const source = `
      import { createRequire } from "node:module";
      const { DynamoDBClient, GetItemCommand } = createRequire(${JSON.stringify(sdk)})(${JSON.stringify(sdk)});
      const client = new DynamoDBClient({});
      export const handler = async () => client.send(new GetItemCommand({ TableName: "none", Key: { a: { S: "x" } } }))
        .catch((error) => ({ name: error.name, id: error.$metadata.requestId }));`;
    const { apiUrl } = await api(source);
    expect(await (await fetch(apiUrl)).json()).toEqual({
      name: "ResourceNotFoundException",
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  test("to a service that is not hosted fail, and are told on the terminal", async () => {
    const { awsUrl } = await api(echo);
    expect((await fetch(`${awsUrl}/unhosted`)).status).toBe(501);
    expect(printed.join()).toContain("No local service answers GET /unhosted");
  });
});

test("a taken port is one clear line", async () => {
  const { apiUrl } = await api(echo);
  const port = Number(new URL(apiUrl).port);
  // The AWS calls' port is opened first, three after the one that was asked for.
  const second = startHost(stackOf({}), { port: port - 3, print: () => {} });
  await expect(second).rejects.toThrow(`Port ${port} is taken`);
});

test("a client that goes away in the middle of its body is not an error", async () => {
  const { apiUrl } = await api(echo);
  await new Promise<void>((resolve) => {
    const half = request(apiUrl, { method: "POST", headers: { "content-length": "100" } });
    half.on("error", () => resolve());
    half.write("half");
    setTimeout(() => half.destroy(new Error("gone")), 20);
  });
  await host?.idle();
  expect(printed).toEqual([]);
});
