import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type LocalHost, startHost } from "../../local/host.ts";
import { chromiumIsHere, useBrowser } from "../support/browser.ts";
import { apiResources, apiUrlOutput, everything, stackOf, withRights } from "./support/stack.ts";

const start = Date.parse("2026-11-24T02:00:00Z");
const move = JSON.stringify({ advance: "P1D" });
const mail = JSON.stringify({
  FromEmailAddress: "halo@kopisenja.example",
  Destination: { ToAddresses: ["ani@example.com"] },
  Content: { Simple: { Subject: { Data: "Test" }, Body: { Text: { Data: "Test" } } } },
});

let host: LocalHost;
beforeAll(async () => {
  const echo = "export const handler = async () => ({ statusCode: 200, body: 'product' });";
  const assembly = withRights(stackOf({ Handler: echo }, apiResources("Handler")), [everything]);
  assembly.template.Outputs = apiUrlOutput;
  host = await startHost(assembly, { port: 0, now: start, print: () => {} });
});
afterAll(() => host.stop());

/** What of the host a page could command, as the simplest requests that a browser makes without asking first. */
const commands = () => {
  const operator = `X-Amz-Credential=${host.operator.accessKeyId}/20261124/us-east-1/ses/aws4_request`;
  return {
    "moves the clock": { url: `${host.apiUrl}/_local/clock`, body: move },
    "empties the inbox": { url: `${host.inboxUrl}/clear-store`, body: "" },
    "sends mail as the operator": {
      url: `${host.awsUrl}/sesv2/v2/email/outbound-emails?${operator}`,
      body: mail,
    },
  };
};
const names = ["moves the clock", "empties the inbox", "sends mail as the operator"] as const;

type Headers = Record<string, string>;
/** A request with any headers, also those that `fetch` keeps to itself. */
const send = (
  url: string,
  { method = "POST", headers = {}, body = "" }: { method?: string; headers?: Headers; body?: string } = {},
) =>
  new Promise<{ status: number; text: string }>((resolve, reject) => {
    const call = request(url, { method, headers }, async (answer) => {
      const text = Buffer.concat(await answer.toArray()).toString();
      resolve({ status: answer.statusCode ?? 0, text });
    });
    call.on("error", reject);
    call.end(body);
  });

/** What the commands change: how far the clock was moved, and the mails in the inbox. */
const state = () => ({
  days: Math.floor((host.clock.now() - start) / 86_400_000),
  mails: host.ses.mails().length,
});

describe.each(names)("a request that %s", (name) => {
  beforeEach(async () => {
    const { url, body } = commands()["sends mail as the operator"];
    await send(url, { body });
  });

  const foreign: [string, Headers][] = [
    ["of a page of another origin", { origin: "https://evil.example" }],
    ["of a page on another port of this machine", { origin: "http://127.0.0.1:5173" }],
    ["of a sandboxed page", { origin: "null" }],
    ["that the browser calls cross-site", { "sec-fetch-site": "cross-site" }],
    ["that the browser calls same-site", { "sec-fetch-site": "same-site" }],
    ["to a name that only leads here", { host: "evil.example:3000" }],
    ["to a name that looks like this machine", { host: "127.0.0.1.evil.example" }],
  ];
  test.each(foreign)("%s is refused and changes nothing", async (_, headers) => {
    const before = state();
    const { url, body } = commands()[name];
    expect((await send(url, { headers, body })).status).toBe(403);
    expect(state()).toEqual(before);
  });

  test("of curl, or of the host's own page, does so", async () => {
    const before = state();
    const { url, body } = commands()[name];
    expect((await send(url, { body })).status).toBe(200);
    const { origin } = new URL(url);
    expect((await send(url, { headers: { origin, "sec-fetch-site": "same-origin" }, body })).status).toBe(
      200,
    );
    expect(state()).not.toEqual(before);
  });
});

test("a page of another origin reads neither the clock nor the inbox, and still reaches the product", async () => {
  const headers = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
  for (const url of [`${host.apiUrl}/_local/clock`, `${host.apiUrl}/_local/idle`, `${host.inboxUrl}/store`]) {
    expect((await send(url, { method: "GET", headers })).status).toBe(403);
  }
  expect(await send(`${host.apiUrl}/v1/items`, { headers })).toEqual({ status: 200, text: "product" });
});

test("a link from anywhere opens the inbox", async () => {
  const headers = { "sec-fetch-site": "cross-site" };
  expect((await send(`${host.inboxUrl}/`, { method: "GET", headers })).status).toBe(200);
});

describe("in a browser", () => {
  const browser = useBrowser();
  let elsewhere: Server;
  let url = "";
  beforeAll(async () => {
    elsewhere = createServer((_, response) => {
      response.setHeader("content-type", "text/html").end("<title>Elsewhere</title>");
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    elsewhere.closeAllConnections();
    await new Promise((resolve) => elsewhere.close(resolve));
  });

  test.skipIf(!chromiumIsHere)("a page of another origin commands nothing", async () => {
    const before = state();
    const page = await browser.open(1280, { javaScriptEnabled: true });
    await page.goto(url);
    await page.evaluate(
      (all) =>
        Promise.all(all.map((one) => fetch(one.url, { method: "POST", mode: "no-cors", body: one.body }))),
      Object.values(commands()),
    );
    await page.context().close();
    expect(state()).toEqual(before);
  });
});
