import { beforeAll, expect, test } from "vitest";
import { useHost } from "../support/host.ts";
import { story } from "../support/story.ts";

const host = useHost({ now: "2026-11-24T01:00:00Z" });
let shop: { business: string; key: string };
const owner = story(host, () => shop.key);

const attributes = Array.from({ length: 40 }, (_, at) => `a${at}`);
const customers = 200;
// Each control character is six bytes of JSON: 120 KB for a customer, and over a megabyte for nearly every batch.
const long = "\u0001".repeat(500);
const mjml = `<mjml><mj-body><mj-section><mj-column><mj-text>Halo {{customer.nickname}} ${attributes
  .map((name) => `{{#if customer.attributes.${name}}}+{{/if}}`)
  .join("")}.</mj-text></mj-column></mj-section></mj-body></mjml>`;

beforeAll(async () => {
  shop = await host.shop({ attributes: Object.fromEntries(attributes.map((name) => [name, "text"])) });
  const told = Object.fromEntries(attributes.map((name) => [name, long]));
  for (let start = 0; start < customers; start += 20) {
    await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        owner.customer({
          email: `c${start + at}@example.com`,
          nickname: `C${start + at}`,
          attributes: told,
        }),
      ),
    );
  }
}, 120_000);

test("customers of whom a mail shows so much that SQS takes no batch of them are mailed all the same, each once", async () => {
  const template = await owner.ask("POST /v1/templates", {
    name: "Long",
    translations: { id: { subject: "Halo {{customer.nickname}}", mjml } },
  });
  // The first time SES has no room for any of them: what is handed over again is as large.
  const refused = new Set<string>();
  host.host.ses.onSend = (recipient) => {
    if (refused.has(recipient)) return undefined;
    refused.add(recipient);
    return "ACCOUNT_THROTTLED";
  };
  const run = await owner.run(
    await owner.campaign({
      kind: "broadcast",
      template: template.id,
      topic: "news",
      schedule: { once: "2030-01-01T09:00" },
    }),
  );
  expect(run.books).toMatchObject({ selected: customers, waiting: customers, failed: {} });
  await host.moveTo(new Date(host.host.clock.now() + 60_000).toISOString());
  const { books } = await owner.ask(`GET /v1/runs/${run.id}`);
  expect(books).toMatchObject({
    selected: customers,
    accepted: customers,
    waiting: 0,
    failed: {},
    skipped: {},
  });
  for (const at of [0, 99, 199]) {
    const [mail, ...others] = host
      .mails(`c${at}@example.com`)
      .filter(({ destination }) => destination.to.includes(`c${at}@example.com`));
    expect(others).toEqual([]);
    expect(mail?.body.html).toContain(`Halo C${at} ${"+".repeat(attributes.length)}.`);
  }
}, 120_000);
