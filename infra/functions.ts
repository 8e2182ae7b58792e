import type { TableName } from "../core/tables.ts";
import type { Access } from "./tables.ts";

/**
 * Every deployed function on one screen: what it may do to which table, how much memory it has (MiB; CPU grows
 * with it) and how long it may take (seconds). The name is that of the entry file, `functions/settle-run.ts`, the
 * construct, the Lambda function and the log group. What fires it, and its other permissions, stand in the
 * construct of its capability.
 */
export type FunctionSettings = {
  memory: number;
  timeout: number;
  tables: { readonly [name in TableName]?: readonly Access[] };
};

const settings = {
  "owner-api": {
    memory: 1024, // MJML is compiled here
    timeout: 29, // an HTTP API gives up at 30
    tables: {
      businesses: ["get", "put", "update", "scan"],
      apiKeys: ["get", "query", "put", "update"],
      customers: [
        "get",
        "get-many",
        "query",
        "query byBirthday",
        "query byLastOrder",
        "query byName",
        "put",
        "update",
        "erase",
      ],
      identities: ["get-many", "put", "erase"],
      orders: ["get", "get-many", "query byCustomer", "put"],
      lateOrders: ["query", "update"],
      items: ["get", "get-many", "query", "query byAvailable", "put", "update", "erase"],
      segments: ["get", "query", "put", "update", "erase"],
      templates: ["get", "query", "put", "update"],
      campaigns: ["get", "get-many", "query", "put"],
      runs: ["get", "query", "put", "update"],
      tallies: ["get", "query"],
      selections: ["query"],
      sends: ["get", "get-many", "query"],
      receipts: ["get", "get-many", "query"],
      suppressions: ["get", "get-many", "check", "update"],
      consents: ["query", "put"],
      erasures: ["get", "get-many", "query byTime", "put"],
      responses: ["get", "get-many", "query", "query byTime", "put"],
      clicks: ["query"],
      signUps: ["query"],
      imports: ["get", "query", "put"],
      rejections: ["query"],
      mailTemplates: ["get", "put", "update"],
      backlog: ["query", "update"],
      account: ["get", "update"],
      limits: ["update"],
      idempotency: ["get", "put", "update", "erase"],
    },
  },
  "public-links": {
    memory: 512,
    timeout: 10,
    tables: {
      businesses: ["get"],
      customers: ["get", "check", "put", "erase"],
      identities: ["get-many", "check", "put", "erase"],
      suppressions: ["get-many", "check", "update", "erase"],
      signUps: ["get", "query", "put", "update"],
      limits: ["update"],
      consents: ["query", "put"],
      runs: ["get"],
      campaigns: ["get-many"],
      orders: ["get-many", "query byCustomer"],
      sends: ["query"],
      receipts: ["get-many"],
      clicks: ["query"],
      responses: ["get", "query", "put", "erase"],
      erasures: ["get", "put"],
      tallies: ["update"],
    },
  },
  "prepare-runs": {
    memory: 1024, // may compare our rendering with SES's own
    timeout: 120,
    tables: {
      businesses: ["get"],
      campaigns: ["get", "update"],
      segments: ["get"],
      templates: ["get"],
      mailTemplates: ["get", "scan", "put", "update", "erase"],
      items: ["get-many", "query byAvailable"],
      lateOrders: ["query"],
      customers: ["get-many", "query", "query byBirthday", "query byLastOrder"],
      runs: ["get", "put", "update"],
      tallies: ["get", "update"],
      selections: ["query", "put"],
      sends: ["get-many"],
      receipts: ["get-many", "query"],
      backlog: ["query", "put", "update", "erase"],
      account: ["get", "get-many", "update"],
    },
  },
  "release-batches": {
    memory: 512,
    timeout: 60,
    tables: {
      businesses: ["get"],
      runs: ["get", "update"],
      customers: ["get", "update"],
      sends: ["get-many", "put"],
      receipts: ["get", "put"],
      tallies: ["update"],
      reputation: ["update"],
      mailTemplates: ["erase"],
      backlog: ["query", "put", "update", "erase"],
      account: ["get", "get-many", "update"],
    },
  },
  "deliver-sends": {
    memory: 512,
    timeout: 120,
    tables: {
      businesses: ["get"],
      templates: ["get"],
      runs: ["get", "update"],
      customers: ["get", "get-many", "update"],
      sends: ["get-many", "put"],
      receipts: ["get", "get-many", "put", "update"],
      tallies: ["update"],
      reputation: ["update"],
      mailTemplates: ["erase"],
      backlog: ["put", "update", "erase"],
      account: ["get", "update"],
    },
  },
  "record-feedback": {
    memory: 512,
    timeout: 60,
    tables: {
      businesses: ["get", "update", "scan"],
      sends: ["check", "update"],
      clicks: ["query", "put"],
      tallies: ["update"],
      reputation: ["query", "update"],
      customers: ["get", "put", "update"],
      identities: ["get-many", "check"],
      suppressions: ["get", "update"],
      consents: ["put"],
    },
  },
  "settle-run": {
    memory: 512,
    timeout: 300,
    tables: {
      businesses: ["get"],
      customers: ["get", "get-many", "update"],
      runs: ["get", "update"],
      tallies: ["query", "update"],
      reputation: ["update"],
      selections: ["query"],
      receipts: ["query", "put"],
      sends: ["get-many", "put"],
      backlog: ["query", "put", "update", "erase"],
      mailTemplates: ["erase"],
      account: ["get", "update"],
    },
  },
  "send-letters": {
    memory: 512,
    timeout: 120, // most of it waiting for a place in the account's rate
    tables: {
      businesses: ["get"],
      customers: ["get", "put"],
      identities: ["get-many", "put", "erase"],
      suppressions: ["get-many", "check"],
      consents: ["put"],
      signUps: ["get", "query", "update"],
      limits: ["update"],
      responses: ["get", "put"],
      account: ["get", "update"],
    },
  },
  "import-file": {
    memory: 1024,
    timeout: 900,
    tables: {
      businesses: ["get"],
      customers: ["get", "get-many", "put", "update"],
      identities: ["get-many", "put", "erase"],
      suppressions: ["get", "get-many", "check", "update"],
      consents: ["put"],
      orders: ["get-many", "put"],
      lateOrders: ["update"],
      items: ["get-many"],
      imports: ["get", "update"],
      rejections: ["put"],
      signUps: ["put"],
    },
  },
  "read-replies": {
    // Deployed only where the stack receives mail.
    memory: 512,
    timeout: 30,
    tables: {
      customers: ["get", "check", "put"],
      identities: ["get-many", "check"],
      suppressions: ["update"],
      consents: ["query", "put"],
      runs: ["get"],
      responses: ["get", "put"],
      tallies: ["update"],
    },
  },
  "erase-customers": {
    memory: 512,
    timeout: 300,
    tables: {
      customers: ["get", "erase"],
      identities: ["erase"],
      suppressions: ["update"],
      erasures: ["get", "put", "update"],
      orders: ["query byCustomer", "update"],
      consents: ["query", "update"],
      sends: ["query", "update"],
      clicks: ["query", "erase"],
      responses: ["query", "erase"],
      signUps: ["query", "erase"],
    },
  },
} satisfies Record<string, FunctionSettings>;

export type FunctionName = keyof typeof settings;
export const functionNames = Object.keys(settings) as FunctionName[];
export const functionSettings: Record<FunctionName, FunctionSettings> = settings;
