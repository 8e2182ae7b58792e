import type { APIGatewayProxyEventV2 } from "aws-lambda";
import PostalMime from "postal-mime";
import { describe, test } from "vitest";
import { z } from "zod";
import { BusinessPatch, BusinessSettings, EmailAddress } from "../../core/businesses.ts";
import { CampaignDetails } from "../../core/campaigns.ts";
import { nameKey } from "../../core/customers/record.ts";
import { CustomerInput } from "../../core/customers.ts";
import { isMachine } from "../../core/feedback/people.ts";
import { Feedback } from "../../core/feedback.ts";
import { normaliseEmail, normalisePhone } from "../../core/identities.ts";
import { ImportInput } from "../../core/imports.ts";
import { ItemInput } from "../../core/items.ts";
import * as links from "../../core/links.ts";
import { firstName } from "../../core/mail/names.ts";
import { NewOrder } from "../../core/orders.ts";
import { Reply, read as readReply } from "../../core/replies.ts";
import { readable } from "../../core/responses/record.ts";
import { nextFiring, Schedule } from "../../core/schedules.ts";
import { SegmentDetails } from "../../core/segments.ts";
import { decodeCursor } from "../../core/store.ts";
import { jsonOf } from "../../functions/http/body.ts";
import { assertKey } from "../../functions/http/idempotency.ts";
import type { Route } from "../../functions/http/route.ts";
import { queryOf } from "../../functions/http/server.ts";
import { validate } from "../../functions/http/validate.ts";
import { formOf } from "../../functions/links/form.ts";
import { faultOf, withoutPersonal } from "../../functions/telemetry/faults.ts";
import { placeOf } from "../../functions/telemetry/places.ts";
import { aBusiness } from "../support/shop.ts";
import { expectLinear, numbered, repeated, sized } from "./effort.ts";

const business = aBusiness({});

type Shapes = Record<string, (size: number) => string>;

/** Holds every shape, in every size and its double, to CPU in proportion. */
function linear(what: string, shapes: Shapes, sizes: readonly number[], read: (text: string) => unknown) {
  describe(`${what} takes CPU in proportion to its size`, () => {
    test.each(sized(shapes, sizes))("%s, of %i characters and twice as many", async (_, size, make) => {
      await expectLinear({ make, read }, size);
    });
  });
}

/** What any text may be made of. */
const texts: Shapes = {
  letters: (size) => repeated("a", size),
  spaces: (size) => `a${repeated(" ", size)}a`,
  "line breaks": (size) => `a${repeated("\n", size)}a`,
  words: (size) => repeated("a ", size),
  dots: (size) => repeated("a.", size),
  dashes: (size) => `a${repeated("-", size)}`,
  digits: (size) => repeated("1", size),
  "plus signs": (size) => repeated("+1 ", size),
  "at signs": (size) => repeated("a@", size),
  "letters that unfold": (size) => repeated("\ufdfa", size),
  accents: (size) => `a${repeated("\u0301", size)}`,
  "accents out of order": (size) => `a${repeated("\u0301\u0323", size)}`,
  emoji: (size) => repeated("👩‍👩‍👧‍👦", size),
  quotes: (size) => repeated("\"'", size),
  brackets: (size) => repeated("<([{", size),
};

const json = (schema: z.ZodType) => (text: string) =>
  validate(schema, jsonOf(text, "application/json"), "body");
const half = 500_000;

linear(
  "JSON",
  {
    "escapes in a string without an end": (size) => `"${repeated('\\"', size)}`,
    "escapes in strings": (size) => `[${repeated('"\\\\\\"",', size)}`,
    "a string with a line break at its end": (size) => `"${repeated("a", size)}\n"`,
    "strings without a comma": (size) => repeated('"a" ', size),
    "lists in lists": (size) => repeated("[", size),
    "objects in objects": (size) => repeated('{"a":', size),
    "lists in lists, closed": (size) => repeated("[", size / 2) + repeated("]", size / 2),
    "ends of lists": (size) => repeated("]", size),
    "blanks before an error": (size) => `${repeated(" ", size)}x`,
    "blanks between values": (size) => `[${repeated("1 ,\n", size)}1]x`,
    "a long number": (size) => repeated("1", size),
    "numbers without an end": (size) => repeated("1e", size),
    "keys of one object": (size) => `{${numbered((at) => `"a${at}":1,`, size)}"a":1}`,
    "keys of many objects": (size) => `[${numbered((at) => `{"a${at}":1},`, size)}1]`,
    "keys that hash alike": (size) => `{${numbered((at) => `"${1e15 + at * 2 ** 28}":1,`, size)}"a":1}`,
    "the same key": (size) => `{${repeated('"a":1,', size)}"a":1}`,
    "a long key": (size) => `{"${repeated("a", size)}":1}`,
    "values of a list": (size) => `{"tags":[${repeated('"",', size)}""]}`,
    "values of the wrong kind": (size) => `{"attributes":{${numbered((at) => `"a${at}":[],`, size)}"a":1}}`,
    "names that can't be": (size) => `{"attributes":{${numbered((at) => `"${at}":1,`, size)}"a":1}}`,
    "topics that can't be": (size) => `{"topics":{${numbered((at) => `"${at}":1,`, size)}"a":1}}`,
    "halves of characters": (size) => `{"tags":[${repeated('"\\ud83d",', size)}""]}`,
    "an address": (size) => JSON.stringify({ email: repeated("a", size) }),
    "a domain": (size) => JSON.stringify({ email: `a@${repeated("a.", size)}` }),
    "a domain of dashes": (size) => JSON.stringify({ email: `a@a${repeated("-a", size)}` }),
    "a phone number": (size) => JSON.stringify({ phone: repeated("1 ", size) }),
    "a birthday": (size) => JSON.stringify({ birthday: repeated("1-", size) }),
    "a time zone": (size) => JSON.stringify({ timeZone: repeated("Asia/", size) }),
  },
  [20_000, half],
  json(CustomerInput),
);

const objects = (piece: unknown) => (size: number) => {
  const text = JSON.stringify(piece);
  return Array.from({ length: Math.floor(size / (text.length + 1)) }, () => piece);
};

linear(
  "a business's settings",
  {
    topics: (size) => JSON.stringify({ topics: objects({ key: "", name: {} })(size) }),
    attributes: (size) => `{"attributes":{${numbered((at) => `"a${at}":"text",`, size)}"a":"text"}}`,
    "a logo's address": (size) => JSON.stringify({ brand: { logoUrl: `https://${repeated("a.", size)}` } }),
    "an address of at signs": (size) => JSON.stringify({ websiteUrl: `https://${repeated("@", size)}` }),
    "an address of steps": (size) => JSON.stringify({ websiteUrl: `https://a/${repeated("../", size)}` }),
    "a name": (size) => JSON.stringify({ name: `a${repeated(" ", size)}b` }),
    "a currency": (size) => JSON.stringify({ currency: repeated("A", size) }),
  },
  [20_000, half],
  json(z.union([BusinessPatch, BusinessSettings])),
);

const line = { item: "a", quantity: 1, name: "", category: "" };
linear(
  "a batch of orders",
  {
    "orders that are none": (size) => JSON.stringify({ orders: objects({})(size) }),
    "lines that are none": (size) =>
      JSON.stringify({ orders: Array.from({ length: 100 }, () => ({ lines: objects({})(size / 100) })) }),
    "lines of orders": (size) => {
      const orders = Array.from({ length: 100 }, () => ({
        id: "#",
        lines: objects(line)(size / 100).slice(0, 200),
      }));
      return JSON.stringify({ orders });
    },
    "times of orders": (size) => JSON.stringify({ orders: [{ placedAt: repeated("2026-", size) }] }),
    "ids of orders": (size) => JSON.stringify({ orders: [{ id: repeated("a ", size) }] }),
  },
  [20_000, half],
  json(z.object({ orders: z.array(NewOrder).min(1).max(100) })),
);

const nested = (key: "all" | "any", depth: number, width: number): unknown =>
  depth === 0 ? { tag: "a" } : { [key]: Array.from({ length: width }, () => nested(key, depth - 1, width)) };
const segment = (definition: unknown) => JSON.stringify({ name: "a", definition });
linear(
  "a segment",
  {
    "conditions side by side": (size) => segment({ all: objects({ tag: "" })(size) }),
    "lists in lists": (size) => segment({ all: objects(nested("any", 5, 2))(size) }),
    "nots in nots": (size) =>
      segment(JSON.parse(`${'{"not":'.repeat(30)}{"tag":"a"}${"}".repeat(30)}`)).padEnd(size),
    "unknown conditions": (size) =>
      `{"name":"a","definition":{${numbered((at) => `"a${at}":1,`, size)}"a":1}}`,
    "known ones with unknown ones": (size) =>
      `{"name":"a","definition":{${numbered((at) => `"a${at}":1,`, size)}"not":1}}`,
    "a long text": (size) => segment({ attribute: "a", contains: repeated(" ", size) }),
    "a long day": (size) => segment({ attribute: "a", before: repeated("2026-", size) }),
  },
  [20_000, half],
  json(SegmentDetails),
);

linear(
  "what is imported, sold and sent",
  {
    "a mapping": (size) => JSON.stringify({ mapping: objects({ column: "", field: "" })(size) }),
    "a cron expression": (size) =>
      JSON.stringify({ kind: "broadcast", schedule: { cron: repeated("* ", size) } }),
    "a list in a cron expression": (size) =>
      JSON.stringify({ kind: "broadcast", schedule: { cron: `${repeated("1,", size)}1 * * * ? *` } }),
    "a time": (size) => JSON.stringify({ kind: "broadcast", schedule: { once: repeated("1", size) } }),
    weekdays: (size) =>
      JSON.stringify({ kind: "broadcast", schedule: { every: "week", on: objects("monday")(size) } }),
    "a picture's address": (size) => JSON.stringify({ imageUrl: `https://${repeated("[", size)}` }),
  },
  [20_000, half],
  json(z.union([ImportInput, CampaignDetails, ItemInput])),
);

test.each([
  "* * 29 2 ? *",
  "0 0 31W * ? *",
  "0 0 ? 2 1#5 *",
  "30 2 ? 3 1L *",
  `${"0-59,".repeat(16)}1 * * * ? *`,
  "0 0 29 2 ? 2199",
])("the next firing of %s is found within a second of CPU", async (cron) => {
  const read = () => nextFiring(Schedule.parse({ cron }), "Europe/Berlin", "2026-11-24T02:00:00.000Z");
  await expectLinear({ make: () => undefined, read }, 1);
});

const query = { id: "a", query: z.strictObject({ name: z.string().optional() }) } as unknown as Route;
linear(
  "a query",
  {
    ...texts,
    parameters: (size) => numbered((at) => `a${at}=1&`, size),
    "the same parameter": (size) => repeated("name=1&", size),
    "percent signs": (size) => repeated("%", size),
    "encoded letters": (size) => `name=${repeated("%20", size)}`,
    separators: (size) => repeated("&", size),
  },
  [3000, 50_000],
  (text) => queryOf(query, text),
);

const header = [3000, 50_000];
linear("a cursor", { ...texts, lists: (size) => repeated("[", size) }, header, (text) =>
  decodeCursor(Buffer.from(text).toString("base64url")),
);
linear("an Idempotency-Key", texts, header, assertKey);
linear("a link's token", texts, header, (text) =>
  links.read([{ id: "k1", key: Buffer.alloc(32) }], "unsubscribe", `k1.a.b.c.${text}`),
);
linear("a user agent", texts, [20_000, half], (userAgent) => isMachine({ userAgent }));
linear("a phone number", texts, [20, 125, 20_000, half], (text) => normalisePhone(business, text));
linear("an email address", texts, [20_000, half], (text) => EmailAddress.safeParse(normaliseEmail(text)));
linear("a name to search for", texts, [20_000, 100_000], nameKey);
linear("a name to greet by", texts, [20_000, 100_000], firstName);
linear("what a customer writes", texts, [20_000, 100_000], (text) => readable(text, 1000));
linear("the subject of a mail to unsubscribe by", texts, header, (subject) => {
  const verdict = { status: "PASS" };
  const given = {
    mail: { commonHeaders: { subject } },
    receipt: { spamVerdict: verdict, virusVerdict: verdict },
  };
  return readReply(Reply.parse(given), "2026-11-24T02:00:00.000Z");
});
linear("a message for the log", texts, [20_000, half], (text) => [
  withoutPersonal(text),
  faultOf(new Error(text)),
  placeOf(`{"id":${JSON.stringify(text)},"run":${JSON.stringify(text)}}`),
]);

const event = (details: object) =>
  JSON.stringify({
    detail: {
      eventType: "Bounce",
      mail: {
        timestamp: "2026-11-24T02:00:00Z",
        tags: { business: ["biz_a"], run: ["run_a"], customer: ["cus_a"] },
      },
      ...details,
    },
  });
linear(
  "an event of SES",
  {
    "addresses that bounced": (size) =>
      event({
        bounce: {
          bounceType: "Permanent",
          bouncedRecipients: objects({ emailAddress: "a@b.c", status: "5.7.1" })(size),
        },
      }),
    "a status": (size) =>
      event({
        bounce: {
          bounceType: "Permanent",
          bouncedRecipients: [{ emailAddress: "a", status: repeated("5.", size) }],
        },
      }),
    tags: (size) => `{"detail":{"mail":{"tags":{${numbered((at) => `"a${at}":["b"],`, size)}"a":["b"]}}}}`,
    "values of a tag": (size) => event({ mail: { tags: { run: objects("run_a")(size) } } }),
    "a link": (size) => event({ click: { link: repeated("a/", size), userAgent: repeated(" ", size) } }),
  },
  [20_000, 125_000],
  (text) => Feedback.parse(JSON.parse(text)),
);

const posted = (type: string) => (body: string) =>
  formOf({
    headers: { "content-type": type },
    body,
    isBase64Encoded: false,
  } as unknown as APIGatewayProxyEventV2);
const part = 'Content-Disposition: form-data; name="a"\r\n\r\n';
linear(
  "a form",
  {
    ...texts,
    "the same field": (size) => repeated("a=1&", size),
    fields: (size) => numbered((at) => `a${at}=1&`, size),
    "percent signs": (size) => repeated("%", size),
    "encoded letters": (size) => `a=${repeated("%C3%A9", size)}`,
    separators: (size) => repeated("&", size),
    "equals signs": (size) => repeated("=", size),
  },
  [10_000, 49_000, half],
  posted("application/x-www-form-urlencoded"),
);
linear(
  "a form in parts",
  {
    ...texts,
    parts: (size) => `${repeated(`--x\r\n${part}1\r\n`, size)}--x--\r\n`,
    "headers of a part": (size) => `--x\r\n${repeated("a: b\r\n", size)}`,
    "a long header": (size) =>
      `--x\r\nContent-Disposition: form-data; name="${repeated("%22", size)}"\r\n\r\n1\r\n--x--\r\n`,
    "a header of semicolons": (size) =>
      `--x\r\nContent-Disposition: form-data${repeated("; a", size)}\r\n\r\n1\r\n--x--\r\n`,
    "what begins like an end": (size) => `--x\r\n${part}${repeated("\r\n--", size)}\r\n--x--\r\n`,
    boundaries: (size) => repeated("--x\r\n", size),
  },
  [10_000, 49_000, half],
  posted("multipart/form-data; boundary=x"),
);

const mime = (headers: string, body: string) => `Subject: a\r\n${headers}\r\n\r\n${body}`;
// No lines of others: SES's rendering of a template of ours, of at most 88 KB.
linear(
  "a mail",
  {
    ...Object.fromEntries(
      Object.entries(texts).map(([name, make]) => [
        name,
        (size: number) => mime("Content-Type: text/html", make(size)),
      ]),
    ),
    "a header in words": (size) =>
      mime(`Subject: ${repeated("=?UTF-8?Q?a?= ", Math.min(size, 60_000))}`, "a"),
    "a header on many lines": (size) => mime(`Subject: ${repeated("a\r\n ", Math.min(size, 60_000))}`, "a"),
    headers: (size) =>
      mime(
        numbered((at) => `X-${at}: a\r\n`, Math.min(size, 60_000)),
        "a",
      ),
    "quoted letters": (size) =>
      mime(
        "Content-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable",
        repeated("=3D=\r\n", size),
      ),
    "parts in parts": (size) => repeated('Content-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\n', size),
    parts: (size) => mime('Content-Type: multipart/mixed; boundary="x"', repeated("--x\r\n\r\na\r\n", size)),
    "a plain mail that is made HTML": (size) =>
      mime("Content-Type: text/plain", repeated("http://a.b ", size)),
  },
  [2000, 20_000],
  (text) => PostalMime.parse(text, { maxNestingDepth: 5, maxHeadersSize: 65_536 }),
);
