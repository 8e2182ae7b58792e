import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumIsHere, useBrowser } from "../support/browser.ts";
import { useAni, visit } from "../support/links.ts";

const world = useAni();
const browser = useBrowser();

/** The pages over HTTP, so that a browser reads their headers. */
const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? "", "http://pages");
  const body = await new Response(request).text();
  const page = await visit(pathname, {
    ...(request.method && { method: request.method }),
    query: Object.fromEntries(searchParams),
    ...(body && { body, type: request.headers["content-type"] ?? "" }),
  });
  response.writeHead(page.statusCode ?? 200, page.headers as Record<string, string>).end(page.body);
});
const base = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
beforeAll(() => new Promise<void>((done) => server.listen(0, "127.0.0.1", done)));
afterAll(() => server.close());

describe.skipIf(!chromiumIsHere)("in a browser the unsubscribe button works", { timeout: 60_000 }, () => {
  test.each([
    ["with a logo", "https://logo.example/x.png", "img-src https://logo.example; "],
    // Settings were once less strict, and such an address may still be stored.
    ["with a logo whose host would write directives", "https://logo.example;form-action/x.png", ""],
    ["with a logo whose host would list sources", "https://logo.example,form-action 'none'/x.png", ""],
  ])("%s", async (_, logoUrl, images) => {
    await world.shopOf({ brand: { colour: "#0f766e", logoUrl } });
    const page = await browser.open(375);
    const shown = await page.goto(base() + world.pathOf("unsubscribe"));
    expect(shown?.headers()["content-security-policy"]).toContain(
      `${images}form-action 'self'; base-uri 'none'`,
    );
    expect(await page.locator("img").count()).toBe(images ? 1 : 0);
    await page.getByRole("button").first().click();
    await page.waitForSelector("h1");
    expect(await page.locator("h1").textContent()).toContain("berhenti");
    expect(await world.stored()).toMatchObject({ consent: "unsubscribed" });
  });
});
