/**
 * Every table of Sapa, on one screen: the stack creates them from here, and the tests and the store read
 * them from here. The partition key always begins with the business's id, so that a query cannot leave its
 * business. Indexes project keys only, so that a claim does not rewrite them.
 */
export type Table = {
  partition: string;
  sort?: string;
  /** Name of the attribute with the epoch second after which an item no longer counts. */
  expires?: "expiresAt";
  indexes?: Record<string, { partition: string; sort: string }>;
};

const table = <T extends Table>(definition: T) => definition;

export const tables = {
  businesses: table({ partition: "id" }),
  apiKeys: table({ partition: "business", sort: "hash" }),
  customers: table({
    partition: "shard",
    sort: "id",
    indexes: {
      byBirthday: { partition: "shard", sort: "birthday" },
      byLastOrder: { partition: "shard", sort: "lastOrderAt" },
      byName: { partition: "shard", sort: "nameKey" },
    },
  }),
  identities: table({ partition: "identity" }), // biz_x#email:ani@example.com
  orders: table({
    partition: "order", // biz_x#INV-1
    indexes: { byCustomer: { partition: "customer", sort: "placedAt" } }, // biz_x#cus_y
  }),
  lateOrders: table({ partition: "business", sort: "span", expires: "expiresAt" }), // 2026-11-24T08:45: a quarter of an hour
  items: table({
    partition: "business",
    sort: "id",
    indexes: { byAvailable: { partition: "business", sort: "availableAt" } },
  }),
  segments: table({ partition: "business", sort: "id" }),
  mailTemplates: table({ partition: "name" }), // sapa-…: what SES keeps of templates, by their content
  templates: table({ partition: "business", sort: "version" }), // head#tpl_x, tpl_x#000001
  campaigns: table({ partition: "business", sort: "id" }),
  runs: table({ partition: "business", sort: "id" }),
  tallies: table({ partition: "run", sort: "shard" }), // biz_x#run_y, 07: what has become of a shard's customers
  selections: table({ partition: "run", sort: "page", expires: "expiresAt" }), // biz_x#run_y, 07#000001: who was chosen, and who was not
  sends: table({ partition: "customer", sort: "run", expires: "expiresAt" }), // biz_x#cus_y
  receipts: table({ partition: "run", sort: "batch", expires: "expiresAt" }), // biz_x#run_y, 07#000001#000#claim
  clicks: table({ partition: "customer", sort: "click", expires: "expiresAt" }), // biz_x#cus_y, run_z#2026-11-24T…#hash of the link
  reputation: table({ partition: "business", sort: "day", expires: "expiresAt" }), // biz_x#0, 2026-11-24#07: counts of a day's mail
  suppressions: table({ partition: "address" }), // biz_x#sha256; all#sha256, where all businesses share them
  consents: table({ partition: "customer", sort: "at" }), // biz_x#cus_y
  signUps: table({ partition: "business", sort: "id", expires: "expiresAt" }), // asked for, and not confirmed yet
  responses: table({
    partition: "business",
    sort: "id",
    indexes: { byTime: { partition: "business", sort: "at" } },
  }),
  erasures: table({
    partition: "business",
    sort: "id",
    indexes: { byTime: { partition: "business", sort: "requestedAt" } },
  }),
  imports: table({ partition: "business", sort: "id" }),
  rejections: table({ partition: "import", sort: "page", expires: "expiresAt" }), // biz_x#imp_y
  idempotency: table({ partition: "request", expires: "expiresAt" }), // biz_x#key
  backlog: table({ partition: "queue", sort: "position" }), // biz_x#run_y, 2026-11-24T…#07#000001#000: batches that wait; and which runs are under way
  account: table({ partition: "name" }), // what all functions share: rate#sending, lease#release, usage#biz_x
  limits: table({ partition: "limit", expires: "expiresAt" }), // how often someone unknown has knocked of late
} satisfies Record<string, Table>;

export type TableName = keyof typeof tables;

/** The environment variable that holds a table's name: `apiKeys` is in `TABLE_API_KEYS`. */
export const environmentName = (name: TableName): `TABLE_${string}` =>
  `TABLE_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
