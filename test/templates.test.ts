import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { MessageRejected } from "@aws-sdk/client-sesv2";
import sesLocal from "aws-ses-v2-local";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Business } from "../core/businesses.ts";
import { sesSend } from "../core/ses.ts";
import { ensure, save } from "../core/templates/save.ts";
import { shipped } from "../core/templates/shipped.ts";
import * as templates from "../core/templates.ts";
import { routes } from "../functions/http/templates.ts";
import { apiOf, keyOf } from "./http/api.ts";
import { useDatabase } from "./support/database.ts";
import { aBusiness, saveBusiness } from "./support/shop.ts";

vi.mock("../core/secrets.ts", () => ({ keys: async () => ({ adminKey: "sapa_admin_x", linkKeys: [] }) }));
useDatabase();
const { call } = apiOf(routes);

const now = "2026-11-24T02:00:00.000Z";
const later = "2026-11-25T02:00:00.000Z";
const inMail = (text: string) =>
  `<mjml><mj-body><mj-section><mj-column>\n<mj-text>${text}</mj-text>\n</mj-column></mj-section></mj-body></mjml>`;
const thanks = (text = "Halo, {{customer.nickname}}") => ({
  name: "Terima kasih",
  translations: { id: { subject: "Terima kasih, {{customer.nickname}}!", mjml: inMail(text) } },
});

// A CommonJS default stands one level deeper where vitest does not load the module.
const start = sesLocal.default ?? sesLocal;

/** What the emulator says of the account, which it takes only whole. */
const account = {
  DedicatedIpAutoWarmupEnabled: false,
  Details: {
    AdditionalContactEmailAddresses: [],
    ContactLanguage: "EN",
    MailType: "MARKETING",
    ReviewDetails: { CaseId: "1", Status: "GRANTED" },
    UseCaseDescription: "",
    WebsiteURL: "https://kopisenja.example",
  },
  EnforcementStatus: "HEALTHY",
  ProductionAccessEnabled: true,
  SendingEnabled: true,
  SendQuota: { Max24HourSend: 50_000, MaxSendRate: 14, SentLast24Hours: 0 },
  SuppressionAttributes: { SuppressedReasons: [] },
};

let ses: Server;
let shop: Business;
let key: string;
beforeAll(async () => {
  ses = await start({ host: "127.0.0.1", port: 0 });
  const { port } = ses.address() as AddressInfo;
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_SESV2: `http://127.0.0.1:${port}`,
    CONFIGURATION_SET_NAME: "sapa",
    PUBLIC_URL: "https://links.example",
    AWS_SES_ACCOUNT: JSON.stringify(account),
  });
  shop = await saveBusiness(aBusiness({ attributes: { favourite: "text" } }));
  key = await keyOf(shop);
});
afterAll(() => ses.close());

async function saved(body: object = thanks(), owner = key): Promise<string> {
  const { status, body: template } = await call("POST /v1/templates", { key: owner, body });
  expect(status).toBe(201);
  return template.id;
}

describe("a template of the owner's", () => {
  test("gets a version when it changes, and none when it is saved again as it was", async () => {
    const id = await saved();
    const same = await call(`PUT /v1/templates/${id}`, { key, body: thanks(), now: later });
    expect(same.body).toMatchObject({ version: 1, updatedAt: now });
    const changed = await call(`PUT /v1/templates/${id}`, { key, body: thanks("Hai"), now: later });
    expect(changed.body).toMatchObject({ version: 2, createdAt: now, updatedAt: later, languages: ["id"] });
    const list = await call(`GET /v1/templates/${id}/versions`, { key });
    expect(list.body.items).toEqual([
      { version: 2, createdAt: later },
      { version: 1, createdAt: now },
    ]);
  });

  test("keeps every version as it was", async () => {
    const id = await saved();
    await call(`PUT /v1/templates/${id}`, { key, body: thanks("Hai") });
    const first = await call(`GET /v1/templates/${id}?version=1`, { key });
    expect(first.body).toMatchObject({ version: 1, source: { translations: thanks().translations } });
    expect((await templates.compiled(shop.id, id, 1)).id?.html).toContain("Halo, {{customer.nickname}}");
    expect((await templates.compiled(shop.id, id, 2)).id?.html).toContain("Hai");
    expect(await templates.current(shop.id, id)).toEqual({ id, version: 2 });
    expect((await call(`GET /v1/templates/${id}?version=3`, { key })).status).toBe(404);
  });

  test("saved twice at once becomes two versions, and neither is lost", async () => {
    const id = await saved();
    const texts = ["satu", "dua", "tiga"];
    await Promise.all(
      texts.map((text) =>
        save(
          shop,
          { id, name: "Terima kasih", source: { translations: thanks(text).translations } },
          { now: later },
        ),
      ),
    );
    expect(await templates.current(shop.id, id)).toEqual({ id, version: 4 });
    const kept = await Promise.all([2, 3, 4].map((version) => templates.compiled(shop.id, id, version)));
    for (const text of texts) expect(kept.filter(({ id }) => id?.html.includes(text))).toHaveLength(1);
  });

  test.each([
    ["a syntax error", "{{#if offer}}Halo", 3, "is not closed"],
    ["an unknown helper", "{{shout offer}}", 2, "{{shout}} is not known"],
    [
      "three nested loops",
      "{{#each items}}{{#each ../items}}{{#each ../../items}}x{{/each}}{{/each}}{{/each}}",
      2,
      "2 deep",
    ],
    ["mj-include of a file", "</mj-text><mj-include path='/etc/passwd' /><mj-text>", 2, "mj-include"],
    [
      "an attribute that the business does not have",
      "{{customer.attributes.favorite}}",
      2,
      "did you mean {{customer.attributes.favourite}}?",
    ],
  ])(
    "with %s is answered with 422, the line and the reason, and is not saved",
    async (_, text, line, reason) => {
      const before = await call("GET /v1/templates", { key });
      const { status, body } = await call("POST /v1/templates", { key, body: thanks(text) });
      expect(status).toBe(422);
      const [problem] = body.errors ?? body.problems;
      expect(problem).toMatchObject({ field: "translations.id.mjml", line });
      expect(problem.message).toContain(reason);
      expect((await call("GET /v1/templates", { key })).body.items).toHaveLength(before.body.items.length);
    },
  );

  test("too large for the table is refused", async () => {
    const mjml = inMail(
      `Halo</mj-text>${`<mj-text>${"<!--".padEnd(90_000, "a")}--></mj-text>`.repeat(2)}<mj-text>`,
    );
    const translations = { id: { subject: "Halo", mjml, text: "Halo" } };
    const { status } = await call("POST /v1/templates", { key, body: { name: "Besar", translations } });
    expect(status).toBe(422);
  });

  test("put away leaves the list and new campaigns, but still serves those that use it", async () => {
    const id = await saved();
    expect((await call(`DELETE /v1/templates/${id}`, { key })).status).toBe(204);
    expect((await call(`DELETE /v1/templates/${id}`, { key, now: later })).status).toBe(204);
    const { items } = (await call("GET /v1/templates?limit=100", { key })).body;
    expect(items.map((template: { id: string }) => template.id)).not.toContain(id);
    await expect(ensure(shop, id, now)).rejects.toMatchObject({ code: "not-found" });
    expect(await templates.current(shop.id, id)).toEqual({ id, version: 1 });
    expect((await call(`GET /v1/templates/${id}`, { key })).body.archivedAt).toBe(now);
  });

  test("is nobody else's", async () => {
    const id = await saved();
    const other = await keyOf(await saveBusiness(aBusiness()));
    for (const line of [
      `GET /v1/templates/${id}`,
      `GET /v1/templates/${id}/versions`,
      `DELETE /v1/templates/${id}`,
    ]) {
      expect((await call(line, { key: other })).status).toBe(404);
    }
    expect((await call(`PUT /v1/templates/${id}`, { key: other, body: thanks() })).status).toBe(404);
    expect((await call(`POST /v1/templates/${id}/preview`, { key: other, body: {} })).status).toBe(404);
  });

  test("lists page by page", async () => {
    const owner = await keyOf(await saveBusiness(aBusiness()));
    const ids = [await saved(thanks(), owner), await saved(thanks(), owner), await saved(thanks(), owner)];
    const first = (await call("GET /v1/templates?limit=2", { key: owner })).body;
    const second = (await call(`GET /v1/templates?limit=2&cursor=${first.next}`, { key: owner })).body;
    const seen = [...first.items, ...second.items].map((template: { id: string }) => template.id);
    expect(seen).toEqual(["birthday", "winback", "new-items", "broadcast", ...ids.sort()]);
  });
});

describe("a built-in template", () => {
  test("is there from the start, and is written into the business's table when it is first used", async () => {
    const fresh = await saveBusiness(aBusiness());
    const owner = await keyOf(fresh);
    expect((await call("GET /v1/templates/birthday", { key: owner })).body).toMatchObject({
      builtIn: true,
      version: 0,
      source: shipped.birthday.source,
    });
    await expect(templates.current(fresh.id, "birthday")).rejects.toMatchObject({ code: "not-found" });
    expect(await ensure(fresh, "birthday", now)).toEqual({ id: "birthday", version: 1 });
    expect(await ensure(fresh, "birthday", later)).toEqual({ id: "birthday", version: 1 });
    expect(await templates.current(fresh.id, "birthday")).toEqual({ id: "birthday", version: 1 });
    expect(Object.keys(await templates.compiled(fresh.id, "birthday", 1)).sort()).toEqual(["en", "id"]);
  });

  test("gets a new version when a release of Sapa ships it changed", async () => {
    const fresh = await saveBusiness(aBusiness());
    await ensure(fresh, "winback", now);
    const { name } = shipped.winback;
    shipped.winback.name = "Back again";
    expect(await ensure(fresh, "winback", later)).toEqual({ id: "winback", version: 2 });
    shipped.winback.name = name;
  });

  test("can't be changed or put away", async () => {
    expect((await call("PUT /v1/templates/birthday", { key, body: thanks() })).status).toBe(409);
    expect((await call("DELETE /v1/templates/birthday", { key })).status).toBe(409);
  });

  test("that does not exist is not found", async () => {
    await expect(ensure(shop, "easter", now)).rejects.toMatchObject({ code: "not-found" });
    expect((await call("GET /v1/templates/easter", { key })).status).toBe(404);
  });
});

describe("a preview", () => {
  test("shows the mail for a sample customer in the language asked for, with links that do nothing", async () => {
    const { body } = await call("POST /v1/templates/birthday/preview", {
      key,
      body: { locale: "en", offer: "A free coffee" },
    });
    expect(body).toMatchObject({ locale: "en", subject: "Happy birthday, Ani! 🎂" });
    expect(body.html).toContain("A free coffee");
    expect(body.text).toContain("https://links.example/u/preview");
    expect((await call("POST /v1/templates/new-items/preview", { key, body: {} })).body.html).toContain(
      "Contoh produk pertama",
    );
  });

  test("of a source that is not saved yet saves nothing", async () => {
    const { translations } = thanks("Kesukaanmu: {{customer.attributes.favourite}}");
    const { body } = await call("POST /v1/templates/preview", { key, body: { translations } });
    expect(body.subject).toBe("Terima kasih, Ani!");
    const wrong = await call("POST /v1/templates/preview", {
      key,
      body: { translations: thanks("{{x}}").translations },
    });
    expect(wrong.status).toBe(422);
  });

  test("of a customer who does not exist is not found, and needs the right to read customers", async () => {
    const body = { customer: "cus_nobody" };
    expect((await call("POST /v1/templates/birthday/preview", { key, body })).status).toBe(404);
    const narrow = await keyOf(shop, ["templates:read"]);
    expect((await call("POST /v1/templates/birthday/preview", { key: narrow, body })).status).toBe(403);
  });
});

describe("a test send", () => {
  test("reaches the one address, from the business and with both headers", async () => {
    const { status } = await call("POST /v1/templates/birthday/test", {
      key,
      body: { to: "pemilik@kopisenja.example" },
    });
    expect(status).toBe(202);
    const { emails } = (await (await fetch(`${process.env.AWS_ENDPOINT_URL_SESV2}/store`)).json()) as {
      emails: Record<string, unknown>[];
    };
    expect(emails).toHaveLength(1);
    expect(emails[0]).toMatchObject({
      from: '"Kopi Senja" <halo@kopisenja.example>',
      replyTo: ["tanya@kopisenja.example"],
      destination: { to: ["pemilik@kopisenja.example"] },
      subject: "Selamat ulang tahun, Ani! 🎂",
    });
    expect(JSON.stringify(emails[0])).toContain("List-Unsubscribe=One-Click");
  });

  test("that SES refuses is a conflict with SES's reason", async () => {
    const message = "Email address is not verified";
    const refusal = new MessageRejected({ message, $metadata: {} });
    vi.spyOn(sesSend, "send").mockRejectedValueOnce(refusal as never);
    const body = { to: "pemilik@kopisenja.example" };
    const refused = await call("POST /v1/templates/birthday/test", { key, body });
    expect(refused.status).toBe(409);
    expect(JSON.stringify(refused.body)).toContain(message);
  });

  test("goes to an address and nothing else", async () => {
    const body = { to: "semua@example.com, lain@example.com" };
    expect((await call("POST /v1/templates/birthday/test", { key, body })).status).toBe(400);
  });
});
