import { at } from "../numbers.ts";
import { context, customerAt, customerId, token } from "../world.ts";
import { cpuOf, handlerOf, task, tell } from "./stopwatch.ts";

// owner-api as deployed: HTTP API events one after the other, as one instance of the function gets them.

const handler = await handlerOf("owner-api");

const eventOf = (method: string, path: string, body?: unknown) => ({
  version: "2.0",
  routeKey: "$default",
  rawPath: path,
  rawQueryString: "",
  headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
  requestContext: {
    requestId: "bench",
    timeEpoch: Date.parse("2026-11-24T02:00:00.000Z"),
    http: { method, path, protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "bench" },
  },
  ...(body !== undefined && { body: JSON.stringify(body) }),
  isBase64Encoded: false,
});

async function ask(event: object): Promise<void> {
  const { statusCode, body } = (await handler(event, context)) as { statusCode: number; body: string };
  if (statusCode >= 300) throw new Error(`owner-api answered ${statusCode}: ${body}`);
}

async function measured(name: string, eventAt: (n: number) => object): Promise<Record<string, number>> {
  const count = task.quick ? 100 : 1_000;
  for (let n = 0; n < count / 2; n++) await ask(eventAt(n));
  const milliseconds: number[] = [];
  const cpu = await cpuOf(async () => {
    for (let n = 0; n < count; n++) {
      const event = eventAt(count + n);
      const started = performance.now();
      await ask(event);
      milliseconds.push(performance.now() - started);
    }
  });
  return {
    [`owner-api, ${name}, requests per CPU-second`]: (count / cpu) * 1_000_000,
    [`owner-api, ${name}, p50 ms`]: at(milliseconds, 0.5),
    [`owner-api, ${name}, p99 ms`]: at(milliseconds, 0.99),
  };
}

tell({
  ...(await measured("reading a customer", () => eventOf("GET", `/v1/customers/${customerId(0)}`))),
  ...(await measured("upserting a customer", (n) => {
    const { email, phone, name, birthday, tags, attributes } = customerAt(n);
    return eventOf("PUT", "/v1/customers", {
      email,
      phone,
      name,
      birthday,
      tags,
      attributes,
      consent: "subscribed",
    });
  })),
});
