import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import { beforeAll, beforeEach, expect, test, vi } from "vitest";
import type { Business } from "../../core/businesses.ts";
import { useDatabase } from "../support/database.ts";
import { aBusiness, saveBusiness } from "../support/shop.ts";
import { keyOf } from "./api.ts";

useDatabase();

const logged: string[] = [];
let shop: Business;
let key: string;
let handler: (event: APIGatewayProxyEventV2, context: Context) => Promise<unknown>;
beforeAll(async () => {
  // The logger writes past the console that a test can watch, unless this is set before it is made.
  process.env.POWERTOOLS_DEV = "true";
  process.env.POWERTOOLS_METRICS_DISABLED = "false";
  process.env.REQUESTS_PER_MINUTE = "3000";
  ({ handler } = (await import("../../functions/owner-api.ts")) as unknown as { handler: typeof handler });
  shop = await saveBusiness(aBusiness());
  key = await keyOf(shop);
});
beforeEach(() => {
  logged.length = 0;
  for (const level of ["info", "error", "log"] as const) {
    vi.spyOn(console, level).mockImplementation((...line: unknown[]) => void logged.push(line.join(" ")));
  }
});

const context = { awsRequestId: "aws-1", functionName: "owner-api", getRemainingTimeInMillis: () => 9000 };
const event = (method: string, path: string, body?: unknown) =>
  ({
    version: "2.0",
    rawPath: path,
    rawQueryString: "",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    isBase64Encoded: false,
    requestContext: { requestId: "request-1", timeEpoch: 1_795_485_600_000, http: { method, path } },
  }) as unknown as APIGatewayProxyEventV2;

test("the function answers a request, and logs what became of it without anything personal", async () => {
  const order = {
    id: "INV-1",
    customer: { email: "ani@example.com", name: "Ani" },
    placedAt: "2026-11-23T02:00:00Z",
    total: 5,
  };
  const answer = await handler(event("POST", "/v1/orders", order), context as Context);
  expect(answer).toMatchObject({ statusCode: 201, headers: { "x-request-id": "request-1" } });
  const lines = logged.join("\n");
  expect(lines).toContain('"operation": "addOrder"');
  expect(lines).toContain('"requestId": "request-1"');
  expect(lines).toContain(shop.id);
  expect(lines).not.toMatch(/ani@example\.com|Ani|INV-1/);
  expect(lines).not.toContain(key);
});

const countsIn = (lines: readonly string[]) =>
  lines.filter((line) => line.includes("CloudWatchMetrics")).map((line) => JSON.parse(line));

test("the function counts its own faults, and not what a caller did wrong", async () => {
  const wrong = await handler(event("GET", "/v1/orders/NOSUCH"), context as Context);
  expect(wrong).toMatchObject({ statusCode: 404 });
  expect(countsIn(logged)).toEqual([]);

  vi.stubEnv("TABLE_ORDERS", "");
  const fault = await handler(event("GET", "/v1/orders/NOSUCH"), context as Context);
  vi.unstubAllEnvs();
  expect(fault).toMatchObject({ statusCode: 500 });
  expect(countsIn(logged)).toMatchObject([{ Faults: 1, service: "sapa" }]);
});
