import type { Business } from "../../core/businesses.ts";
import type { Answered, Call } from "../http/api.ts";

export type Ask = (line: string, call?: Omit<Call, "key">) => Promise<Answered>;

/** A place for a name in what the API takes: how it is put there, and what the API says there afterwards. */
export type Noun = {
  put: (ask: Ask, name: string, business: Business) => Promise<Answered>;
  /** The name as it stands in the answer, or in what is read after it. */
  read: (ask: Ask, answer: Answered, name: string, business: Business) => Promise<unknown> | unknown;
  /** What the API makes of a name that it takes, where that is more than to take off blanks at its ends. */
  as?: (name: string) => string;
  /** Set where no name of an object is one that can stand there. */
  takesNone?: true;
};

let last = 0;
const unique = () => `n${++last}`;

const price = { amount: 1_000, currency: "IDR" };
const item = { name: "Latte", category: "Kopi", price };
const encoded = (name: string) => encodeURIComponent(name);

const placedAt = "2026-11-20T02:00:00.000Z";
const order = (more: object) => ({
  id: unique(),
  customer: { externalId: unique() },
  placedAt,
  total: 1,
  ...more,
});
const line = { item: "LATTE", quantity: 1 };
const segment = (definition: object) => ({ name: "S", definition });

const inCustomer = (
  body: (name: string) => object,
  read: (body: Answered["body"], name: string) => unknown,
) => ({
  put: (ask: Ask, name: string) =>
    ask("PUT /v1/customers", { body: { externalId: unique(), ...body(name) } }),
  read: async (ask: Ask, { body }: Answered, name: string) =>
    read((await ask(`GET /v1/customers/${body.id}`)).body, name),
});
const inOrder = (body: (name: string) => object, read: (body: Answered["body"]) => unknown) => ({
  put: (ask: Ask, name: string) => ask("POST /v1/orders", { body: order(body(name)) }),
  read: async (ask: Ask, { body }: Answered) => read((await ask(`GET /v1/orders/${encoded(body.id)}`)).body),
});
const inItem = (body: (name: string) => object, read: (body: Answered["body"]) => unknown) => ({
  put: (ask: Ask, name: string) => ask(`PUT /v1/items/${unique()}`, { body: { ...item, ...body(name) } }),
  read: async (ask: Ask, { body }: Answered) => read((await ask(`GET /v1/items/${body.id}`)).body),
});
const inSegment = (
  definition: (name: string) => object,
  read: (definition: Answered["body"]) => unknown,
) => ({
  put: (ask: Ask, name: string) => ask("POST /v1/segments", { body: segment(definition(name)) }),
  read: async (ask: Ask, { body }: Answered) =>
    read((await ask(`GET /v1/segments/${body.id}`)).body.definition),
});

const translations = {
  id: {
    subject: "Halo",
    mjml: "<mjml><mj-body><mj-section><mj-column><mj-text>Halo</mj-text></mj-column></mj-section></mj-body></mjml>",
  },
};
const campaign = {
  kind: "broadcast",
  name: "C",
  topic: "news",
  template: "broadcast",
  schedule: { every: "day", at: "09:00" },
};

/** Every noun of the API that carries a name from outside. */
export const nouns: Record<string, Noun> = {
  "the id of an item, in the path": {
    put: (ask, name) => ask(`PUT /v1/items/${encoded(name)}`, { body: item }),
    read: async (ask, _, name) => (await ask(`GET /v1/items/${encoded(name)}`)).body.id,
  },
  "the name of an item": inItem(
    (name) => ({ name }),
    (body) => body.name,
  ),
  "the category of an item": inItem(
    (category) => ({ category }),
    (body) => body.category,
  ),
  "the description of an item": inItem(
    (description) => ({ description }),
    (body) => body.description,
  ),
  "an attribute that a business declares": {
    put: (ask, name, { id }) =>
      ask(`PATCH /v1/businesses/${id}`, { body: JSON.stringify({ attributes: record(name, "text") }) }),
    read: async (ask, _, name, { id }) =>
      keyIn((await ask(`GET /v1/businesses/${id}`)).body.attributes, name),
  },
  "an attribute that a customer has": inCustomer(
    (name) => ({ attributes: record(name, `value of ${name}`.slice(0, 400)) }),
    (body, name) =>
      body.attributes[name] === `value of ${name}`.slice(0, 400) ? keyIn(body.attributes, name) : undefined,
  ),
  "the value of an attribute": inCustomer(
    (name) => ({ attributes: { drink: name } }),
    (body) => body.attributes.drink,
  ),
  "the key of a topic": {
    put: (ask, key, { id }) =>
      ask(`PATCH /v1/businesses/${id}`, {
        body: { topics: [...baseTopics, { key, name: { id: "T", en: "T" } }] },
      }),
    read: async (ask, _, key, { id }) =>
      (await ask(`GET /v1/businesses/${id}`)).body.topics.find((topic: { key: string }) => topic.key === key)
        ?.key,
  },
  "a topic that a customer turns off": inCustomer(
    (key) => ({ topics: record(key, false) }),
    (body, key) => (body.topics[key] === false ? keyIn(body.topics, key) : undefined),
  ),
  "the name of a topic": {
    put: (ask, name, { id }) =>
      ask(`PATCH /v1/businesses/${id}`, {
        body: { topics: [...baseTopics, { key: "other", name: { id: name, en: name } }] },
      }),
    read: async (ask, _, __, { id }) => (await ask(`GET /v1/businesses/${id}`)).body.topics.at(-1).name.en,
  },
  "the name of a business": {
    put: (ask, name, { id }) => ask(`PATCH /v1/businesses/${id}`, { body: { name } }),
    read: async (ask, _, __, { id }) => (await ask(`GET /v1/businesses/${id}`)).body.name,
  },
  "the name of a segment": {
    put: (ask, name) => ask("POST /v1/segments", { body: { name, definition: { has: "email" } } }),
    read: async (ask, { body }) => (await ask(`GET /v1/segments/${body.id}`)).body.name,
  },
  "the item of a segment's condition": inSegment(
    (name) => ({ bought: { item: name } }),
    ({ bought }) => bought.item,
  ),
  "the category of a segment's condition": inSegment(
    (category) => ({ bought: { category } }),
    ({ bought }) => bought.category,
  ),
  "the attribute of a segment's condition": inSegment(
    (attribute) => ({ attribute, exists: true }),
    ({ attribute }) => attribute,
  ),
  "the value of a segment's condition": inSegment(
    (is) => ({ attribute: "drink", is }),
    ({ is }) => is,
  ),
  "the topic of a segment's condition": inSegment(
    (topic) => ({ topic, on: true }),
    ({ topic }) => topic,
  ),
  "the tag of a segment's condition": inSegment(
    (tag) => ({ tag }),
    ({ tag }) => tag,
  ),
  "the name of a campaign": {
    put: (ask, name) => ask("POST /v1/campaigns", { body: { ...campaign, name } }),
    read: async (ask, { body }) => (await ask(`GET /v1/campaigns/${body.id}`)).body.name,
  },
  "the offer of a campaign": {
    put: (ask, offer) => ask("POST /v1/campaigns", { body: { ...campaign, offer } }),
    read: async (ask, { body }) => (await ask(`GET /v1/campaigns/${body.id}`)).body.offer,
  },
  "the name of a template": {
    put: (ask, name) => ask("POST /v1/templates", { body: { name, translations } }),
    read: async (ask, { body }) => (await ask(`GET /v1/templates/${body.id}`)).body.name,
  },
  "the name of a customer": inCustomer(
    (name) => ({ name }),
    (body) => body.name,
  ),
  "the nickname of a customer": inCustomer(
    (nickname) => ({ nickname }),
    (body) => body.nickname,
  ),
  "the external id of a customer": inCustomer(
    (externalId) => ({ externalId }),
    (body) => body.externalId,
  ),
  "the tag of a customer": inCustomer(
    (tag) => ({ tags: [tag] }),
    (body) => body.tags[0],
  ),
  "the mailbox of a customer's address": {
    ...inCustomer(
      (name) => ({ email: `${name}@example.com` }),
      (body) => body.email?.replace("@example.com", ""),
    ),
    as: (name) => name.toLowerCase(),
  },
  "the id of an order": inOrder(
    (id) => ({ id }),
    (body) => body.id,
  ),
  "the channel of an order": inOrder(
    (channel) => ({ channel }),
    (body) => body.channel,
  ),
  "the item of an order's line": {
    put: (ask, name) => ask("POST /v1/orders", { body: order({ lines: [{ ...line, item: name }] }) }),
    read: (_, { body }) => body.lines[0].item,
  },
  "the name in an order's line": inOrder(
    (name) => ({ lines: [{ ...line, name }] }),
    (body) => body.lines[0].name,
  ),
  "the category of an order's line, in the customer's statistics": {
    put: (ask, category) => ask("POST /v1/orders", { body: order({ lines: [{ ...line, category }] }) }),
    read: async (ask, { body }) => {
      const { categories } = (await ask(`GET /v1/customers/${body.customer}`)).body.statistics;
      const [name = "", ...others] = Object.keys(categories);
      return others.length === 0 && categories[name].orders === 1 ? keyIn(categories, name) : undefined;
    },
  },
  "the name of an order's buyer": {
    put: (ask, name) => ask("POST /v1/orders", { body: order({ customer: { externalId: unique(), name } }) }),
    read: async (ask, { body }) => (await ask(`GET /v1/customers/${body.customer}`)).body.name,
  },
  "the external id of an order's buyer": {
    put: (ask, externalId) => ask("POST /v1/orders", { body: order({ customer: { externalId } }) }),
    read: async (ask, { body }) => (await ask(`GET /v1/customers/${body.customer}`)).body.externalId,
  },
  "the name of an imported file": {
    put: (ask, fileName) =>
      ask("POST /v1/imports", { body: { kind: "customers", format: "csv", size: 100, fileName } }),
    read: async (ask, { body }) => (await ask(`GET /v1/imports/${body.id}`)).body.fileName,
  },
  "the column of an import's mapping": {
    put: (ask, column) =>
      ask("POST /v1/imports", {
        body: { kind: "customers", format: "csv", size: 100, mapping: [{ column, field: "email" }] },
      }),
    read: async (ask, { body }) => (await ask(`GET /v1/imports/${body.id}`)).body.mapping[0].column,
  },
  "the field of an import's mapping": {
    put: (ask, name) =>
      ask("POST /v1/imports", {
        body: {
          kind: "customers",
          format: "csv",
          size: 100,
          mapping: [{ column: "a", field: `attributes.${name}` }],
        },
      }),
    read: async (ask, { body }) =>
      (await ask(`GET /v1/imports/${body.id}`)).body.mapping[0].field.replace("attributes.", ""),
  },
  "the name of an API key": {
    put: (ask, name, { id }) =>
      ask(`POST /v1/businesses/${id}/keys`, { body: { name, scopes: ["items:read"] } }),
    read: async (ask, { body }, _, { id }) => {
      const { items } = (await ask(`GET /v1/businesses/${id}/keys`)).body;
      const { name } = items.find((key: { id: string }) => key.id === body.id);
      await ask(`DELETE /v1/businesses/${id}/keys/${body.id}`);
      return name;
    },
  },
};

/** What a record literal would make a prototype of is an entry like any other here, as in JSON. */
const record = (name: string, value: unknown) => Object.fromEntries([[name, value]]);
const keyIn = (dictionary: object, name: string) => Object.keys(dictionary).find((key) => key === name);

const baseTopics = [{ key: "news", name: { id: "Kabar", en: "News" } }];
