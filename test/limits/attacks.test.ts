import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Business } from "../../core/businesses.ts";
import { keyOf } from "../http/api.ts";
import { useDatabase } from "../support/database.ts";
import { aBusiness, saveBusiness } from "../support/shop.ts";
import { effortOf, numbered } from "./effort.ts";

useDatabase();

type Handler = (
  event: APIGatewayProxyEventV2,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2>;
let handler: Handler;
let shop: Business;
let key: string;

beforeAll(async () => {
  process.env.POWERTOOLS_DEV = "true";
  process.env.REQUESTS_PER_MINUTE = "3000";
  process.env.PUBLIC_URL = "https://links.example";
  ({ handler } = (await import("../../functions/owner-api.ts")) as unknown as { handler: Handler });
  // A stored business may have declared more than is allowed by now.
  const attributes = Object.fromEntries(
    Array.from({ length: 3000 }, (_, at) => [`attribute_${at}`, "text" as const]),
  );
  shop = await saveBusiness(aBusiness({ attributes }));
  key = await keyOf(shop);
  silence();
  // Loading MJML takes a second, once a process.
  await ask("POST /v1/templates/preview", sourceOf("<mj-text>Halo</mj-text>"));
}, 120_000);
beforeEach(silence);

function silence() {
  for (const level of ["info", "error", "log"] as const)
    vi.spyOn(console, level).mockImplementation(() => {});
}

const context = { awsRequestId: "aws-1", functionName: "owner-api", getRemainingTimeInMillis: () => 9000 };

/** Asks the function as API Gateway would; a body that is no text is sent as JSON. */
function ask(line: string, body: unknown): Promise<APIGatewayProxyStructuredResultV2> {
  const [method = "", path = ""] = line.split(" ");
  const event = {
    version: "2.0",
    rawPath: path,
    rawQueryString: "",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
    isBase64Encoded: false,
    requestContext: { requestId: "request-1", timeEpoch: 1_795_485_600_000, http: { method, path } },
  };
  return handler(event as unknown as APIGatewayProxyEventV2, context as Context);
}

const sourceOf = (content: string) => {
  const mjml = `<mjml><mj-body><mj-section><mj-column>${content}</mj-column></mj-section></mj-body></mjml>`;
  return { translations: { id: { subject: "Halo", mjml } } };
};
const text = (content: string) => sourceOf(`<mj-text>${content}</mj-text>`);

describe("one request takes no more than a second of CPU", () => {
  test.each<[what: string, line: string, body: unknown, says: RegExp]>([
    [
      "half a million escaped quotes in a string without an end",
      "PUT /v1/customers",
      `"${'\\"'.repeat(500_000)}`,
      /is not JSON: unexpected .* at line 1, column 1/,
    ],
    [
      "15,000 calls in calls",
      "POST /v1/templates/preview",
      text(`{{${"encode (".repeat(15_000)}offer`),
      /has a \{\{…\}\} of \d+ characters; one may have 500/,
    ],
    [
      "an unknown name of 100,000 letters, with 3,000 attributes to compare it with",
      "POST /v1/templates/preview",
      text(`{{${"a".repeat(100_000)}}}`),
      /has a \{\{…\}\} of 100004 characters; one may have 500/,
    ],
    [
      "hundreds of unknown names, with 3,000 attributes to compare each with",
      "POST /v1/templates/preview",
      text(numbered((at) => `{{customer.attributes.atribut${at}}} `, 18_000)),
      /is not known/,
    ],
    [
      "an element of 10,000 attributes",
      "POST /v1/templates/preview",
      sourceOf(`<mj-text ${numbered((at) => `a${at}="b" `, 120_000)}>Halo</mj-text>`),
      /<mj-text> has \d+ attributes; at most 50 go/,
    ],
    [
      "190,000 spaces",
      "POST /v1/templates/preview",
      text(`Halo,${" ".repeat(190_000)}Ani`),
      /has more than 500 spaces or line breaks in a row/,
    ],
    [
      "a text that looks like our own words, of 40,000 letters",
      "POST /v1/templates/preview",
      text(`qsapa${"q".repeat(40_000)}{{offer}}`),
      /"html":/,
    ],
    [
      "100,000 attributes of a customer",
      "PUT /v1/customers",
      `{"attributes":{${numbered((at) => `"a${at}":[],`, 900_000)}"a":1}}`,
      /has an object of more than 1,000 fields/,
    ],
    [
      "a customer of 500 KB",
      "PUT /v1/customers",
      {
        email: "ani@example.com",
        attributes: Object.fromEntries(
          Array.from({ length: 990 }, (_, at) => [`attribute_${at}`, "x".repeat(490)]),
        ),
      },
      /have \d+ bytes with those that the customer has; 128000 fit/,
    ],
    [
      "a batch of a hundred orders whose lines are all wrong",
      "POST /v1/orders/batch",
      {
        orders: Array.from({ length: 100 }, (_, at) => ({
          id: `${at}`,
          lines: Array.from({ length: 150 }, () => ({ item: "", quantity: 0, price: -1, name: "", a: 1 })),
        })),
      },
      /must not be empty/,
    ],
  ])("%s", async (_, line, body, says) => {
    let answer: APIGatewayProxyStructuredResultV2 = {};
    let least = Number.POSITIVE_INFINITY;
    for (let attempt = 1; attempt <= 4 && least > 1000; attempt++) {
      const effort = await effortOf(async () => {
        answer = await ask(line, body);
      });
      least = Math.min(least, effort);
    }
    expect(answer.statusCode, answer.body?.slice(0, 500)).toBeLessThan(500);
    expect(answer.body).toMatch(says);
    expect(least).toBeLessThan(1000);
  });
});
