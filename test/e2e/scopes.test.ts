import { beforeAll, describe, expect, test } from "vitest";
import { Scope } from "../../core/keys.ts";
import { operations } from "../../functions/http/operations.ts";
import type { Route } from "../../functions/http/route.ts";
import { openApiPath } from "../../functions/http/router.ts";
import { useHost } from "../support/host.ts";
import { header, story } from "../support/story.ts";

const host = useHost({ now: "2026-11-24T01:00:00Z" });
let shop: { business: string; key: string };
const owner = story(host, () => shop.key);

/** What only a key with the scope may see: each stands in the shop's data, and in no request that the tests make. */
const secrets: Partial<Record<Scope, readonly string[]>> = {
  "customers:read": [
    "Anggraini",
    "anggraini@example.com",
    "+6281234567890",
    "MEMBER-4711",
    "kopi tubruk",
    "emas-4711",
  ],
  "orders:read": ["INV-4711", "warung-timur", "TUBRUK-XL"],
  "responses:read": ["kurang panas"],
};

const scopeOf = ({ access }: Route): Scope | undefined => {
  if (access === "operator") return undefined;
  return typeof access === "string" ? access : access.operatorOr;
};
const routes = operations.filter(scopeOf);

const ids: Record<string, string> = {};
beforeAll(async () => {
  shop = await host.shop({ attributes: { drink: "text" } });
  const customer = await owner.customer({
    email: "anggraini@example.com",
    phone: "0812-3456-7890",
    externalId: "MEMBER-4711",
    name: "Anggraini",
    tags: ["emas-4711"],
    attributes: { drink: "kopi tubruk" },
  });
  await owner.order("anggraini@example.com", "2026-11-01T10:00:00+07:00", {
    id: "INV-4711",
    channel: "warung-timur",
    lines: [{ item: "TUBRUK-XL", quantity: 1 }],
  });
  await owner.ask("PUT /v1/items/LATTE", {
    name: "Latte",
    category: "Coffee",
    price: { amount: 1, currency: "IDR" },
  });
  const segment = await owner.ask("POST /v1/segments", { name: "S", definition: { orders: { atLeast: 1 } } });
  const others = await owner.ask("POST /v1/segments", {
    name: "O",
    definition: { attribute: "drink", is: "teh" },
  });
  const template = await owner.ask("POST /v1/templates", {
    name: "T",
    translations: { id: { subject: "Halo", mjml } },
  });
  const campaign = await owner.campaign({ kind: "broadcast", template: template.id, topic: "news" });
  const run = await owner.run(campaign);
  const toOthers = await owner.run(
    await owner.campaign({ kind: "broadcast", template: template.id, topic: "news", segment: others.id }),
  );
  const [mail] = host.mails("anggraini@example.com");
  const rating = /(https?:[^"\s]+\/r\/[\w.~-]+)/.exec(mail?.body.html ?? "")?.[1] ?? "";
  await fetch(rating, { method: "POST", body: new URLSearchParams({ stars: "1", words: "kurang panas" }) });
  const { items: responses } = await owner.ask("GET /v1/responses");
  const file = "id,email,total,placedat,channel\nINV-4711-b,anggraini@example.com,1,gestern,warung-timur\n";
  const size = Buffer.byteLength(file);
  const imported = await owner.ask("POST /v1/imports", { kind: "orders", format: "csv", size });
  await fetch(imported.uploadUrl, { method: "PUT", body: file });
  await host.host.idle();
  const { items: keys } = await owner.ask(`GET /v1/businesses/${shop.business}/keys`);
  const erased = await owner.customer({ email: "gone@example.com" });
  const erasure = await owner.ask(`DELETE /v1/customers/${erased}`);
  Object.assign(ids, {
    business: shop.business,
    key: keys[0].id,
    customer,
    item: "LATTE",
    order: "INV-4711",
    segment: segment.id,
    template: template.id,
    campaign,
    run: run.id,
    toOthers: toOthers.id,
    import: imported.id,
    response: responses[0].id,
    erasure: erasure.id,
  });
  expect(header(mail ?? {}, "Subject") ?? mail?.subject).toBe("Halo");
}, 120_000);

const mjml = `<mjml><mj-body><mj-section><mj-column><mj-text>Halo <a href="{{links.rating}}">?</a></mj-text></mj-column></mj-section></mj-body></mjml>`;

/** Bodies that name our things and hold nothing of what is kept secret; others are the operations' own examples. */
const bodies: Record<string, () => unknown> = {
  saveCustomer: () => ({
    email: ["anggraini", "example.com"].join("@").toUpperCase(),
    consent: "subscribed",
  }),
  changeCustomer: () => ({ nickname: "X" }),
  addOrder: () => ({
    id: ids.order,
    customer: { id: ids.customer },
    placedAt: "2026-11-20T00:00:00Z",
    total: 1,
  }),
  previewDefinition: () => ({ definition: { has: "email" } }),
  updateBusiness: () => ({ brand: { colour: "#000000" } }),
  issueKey: () => ({ name: "K", scopes: ["keys:write"] }),
  unsubscribeCustomer: () => ({}),
  previewTemplate: () => ({}),
  previewSource: () => ({ translations: { id: { subject: "Halo", mjml } } }),
};
const bodyOf = ({ id, example }: Route): unknown => (Object.hasOwn(bodies, id) ? bodies[id]?.() : example);

const filled = ({ path }: Route, more: Record<string, string> = {}) =>
  openApiPath(path).replace(/\{(\w+)\}/g, (_, name) =>
    encodeURIComponent({ ...ids, ...more }[name] ?? "none"),
  );

const keyWith = async (...scopes: Scope[]): Promise<string> => {
  const body = { name: scopes.join().slice(0, 80), scopes };
  const key = await host.adminKey();
  return (await host.request(`POST /v1/businesses/${shop.business}/keys`, { key, body })).body.token;
};

describe("a key sees of people what its scopes say", () => {
  test("with the one scope that an operation needs, its answer tells nothing that another scope is for", async () => {
    const answered: string[] = [];
    for (const scope of Scope.options) {
      const key = await keyWith(scope);
      const hidden = Object.entries(secrets).flatMap(([reading, words]) => (reading === scope ? [] : words));
      for (const route of routes.filter((one) => scopeOf(one) === scope && one.method !== "DELETE")) {
        const body = bodyOf(route);
        const answer = await host.request(`${route.method} ${filled(route)}` as "GET /", {
          key,
          ...(body !== undefined && { body }),
        });
        expect(answer.status, route.id).toBeLessThan(500);
        if (answer.status < 300) answered.push(route.id);
        const text = JSON.stringify(answer.body ?? "");
        const given = `${filled(route)} ${JSON.stringify(body)}`;
        for (const word of hidden.filter((one) => !given.includes(one))) {
          expect(text.includes(word) ? `${route.id} tells ${word}` : "").toBe("");
        }
      }
    }
    // The sweep means something only where operations did their work.
    expect(answered).toEqual(
      expect.arrayContaining([
        ...[
          "saveCustomer",
          "changeCustomer",
          "unsubscribeCustomer",
          "restrictCustomer",
          "unrestrictCustomer",
        ],
        ...[
          "listCustomers",
          "readCustomer",
          "readConsent",
          "addOrder",
          "addOrders",
          "readOrder",
          "previewSegment",
        ],
        ...[
          "previewDefinition",
          "dryRunCampaign",
          "listSendsOfRun",
          "explainRun",
          "listSendsOfCustomer",
          "readRun",
        ],
        ...[
          "listResponses",
          "readResponse",
          "closeResponse",
          "previewTemplate",
          "listImports",
          "readErasure",
        ],
      ]),
    );
  });

  test("previews and dry runs count people for it, and name them to one that may read customers", async () => {
    const [counts, people] = [
      await keyWith("segments:read", "campaigns:read"),
      await keyWith("segments:read", "campaigns:read", "customers:read"),
    ];
    const ask = async (operation: `${string} /${string}`, key: string) =>
      (await host.request(operation, { key })).body;
    const definition = { orders: { atLeast: 1 } };
    const { id: segment } = await owner.ask("POST /v1/segments", { name: "Buyers", definition });
    const campaign = await owner.campaign({ kind: "broadcast", template: "broadcast", topic: "news" });
    const preview = `GET /v1/segments/${segment}/preview` as const;
    expect(await ask(preview, people)).toMatchObject({ sample: [{ id: ids.customer, name: "Anggraini" }] });
    const counted = await ask(preview, counts);
    expect(counted).not.toHaveProperty("sample");
    expect(counted.count).toBe((await ask(preview, people)).count);

    const dryRun = `POST /v1/campaigns/${campaign}/dry-run` as const;
    const [whole, rest] = [await ask(dryRun, people), await ask(dryRun, counts)];
    expect(JSON.stringify(whole)).toContain(ids.customer);
    expect(JSON.stringify(rest)).not.toContain(ids.customer);
    expect(rest.selected).toBe(whole.selected);
  });

  test("why somebody was not chosen is told in so many words only to one that may read customers", async () => {
    const explain = `GET /v1/runs/${ids.toOthers}/explain/${ids.customer}` as const;
    const words = async (...scopes: Scope[]) =>
      (await host.request(explain, { key: await keyWith(...scopes) })).body;
    expect((await words("runs:read", "customers:read")).sentence.en).toContain("teh");
    const { sentence, ...rest } = await words("runs:read");
    expect(rest).toEqual({ outcome: "not-selected", judgedNow: true });
    expect(sentence.en).not.toContain("teh");
  });

  test("an export needs the scopes of all that it holds", async () => {
    const all: Scope[] = ["customers:read", "orders:read", "runs:read", "responses:read"];
    const status = async (scopes: Scope[]) =>
      (await host.request(`GET /v1/customers/${ids.customer}/export`, { key: await keyWith(...scopes) }))
        .status;
    expect(await status(all)).toBe(200);
    for (const left of all) expect(await status(all.filter((scope) => scope !== left))).toBe(403);
  });

  test("what was wrong in a file of orders is for those who may read orders", async () => {
    const rejections = `GET /v1/imports/${ids.import}/rejections` as const;
    const asked = async (...scopes: Scope[]) => host.request(rejections, { key: await keyWith(...scopes) });
    expect((await asked("customers:read")).status).toBe(403);
    const { status, body } = await asked("customers:read", "orders:read");
    expect(status).toBe(200);
    expect(body.items[0]).toMatchObject({ field: "placedAt", value: "gestern" });
  });
});
