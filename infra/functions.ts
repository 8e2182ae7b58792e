import type { TableName } from "../core/tables.ts";
import type { Access } from "./tables.ts";

/**
 * Every deployed function on one screen: what it may do to which table, how much memory it has (MiB; CPU grows
 * with it) and how long it may take (seconds). The name is that of the entry file, `functions/start-run.ts`, the
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
      businesses: ["read", "scan", "write"],
      apiKeys: ["read", "write", "erase"],
      customers: ["read", "write", "erase"],
      identities: ["read", "write", "erase"],
      orders: ["read", "write", "batch", "erase"],
      items: ["read", "write", "erase"],
      segments: ["read", "write", "erase"],
      templates: ["read", "write", "erase"],
      campaigns: ["read", "write"],
      runs: ["read", "write"],
      tallies: ["read", "write"],
      selections: ["read"],
      sends: ["read", "write"],
      receipts: ["read"],
      suppressions: ["read", "write", "erase"],
      consents: ["read", "write"],
      imports: ["read", "write"],
      rejections: ["read"],
      idempotency: ["read", "write", "erase"],
    },
  },
  "public-links": {
    memory: 512,
    timeout: 10,
    tables: {
      businesses: ["read"],
      customers: ["read", "write"],
      identities: ["read", "check"],
      consents: ["write"],
      suppressions: ["read", "check"],
    },
  },
  "start-run": {
    memory: 1024, // compares our rendering with SES's own
    timeout: 120,
    tables: {
      businesses: ["read"],
      campaigns: ["read", "write"],
      segments: ["read"],
      templates: ["read", "write"],
      items: ["read"],
      customers: ["read"],
      runs: ["read", "write"],
      tallies: ["read", "write"],
    },
  },
  "select-recipients": {
    memory: 512,
    timeout: 120,
    tables: {
      businesses: ["read"],
      campaigns: ["read"],
      segments: ["read"],
      templates: ["read"],
      customers: ["read"],
      items: ["read"],
      runs: ["read", "write"],
      tallies: ["read", "write"],
      selections: ["read", "write", "batch"],
      suppressions: ["read"],
    },
  },
  "deliver-sends": {
    memory: 1024,
    timeout: 90, // in SES's sandbox, at one mail a second, a batch of 50 takes 50 s
    tables: {
      businesses: ["read"],
      campaigns: ["read"],
      templates: ["read"],
      runs: ["read", "write"],
      customers: ["read", "write"],
      sends: ["read", "write"],
      receipts: ["read", "write"],
      tallies: ["read", "write"],
      pace: ["read", "write"],
      suppressions: ["read", "check"],
    },
  },
  "record-feedback": {
    memory: 512,
    timeout: 60,
    tables: {
      businesses: ["read"],
      sends: ["read", "write"],
      customers: ["read", "write"],
      identities: ["read", "check"],
      suppressions: ["read", "write"],
      consents: ["write"],
      receipts: ["read"],
      runs: ["read", "write"],
    },
  },
  "settle-run": {
    memory: 512,
    timeout: 300,
    tables: {
      businesses: ["read"],
      campaigns: ["read", "write"],
      customers: ["read"],
      runs: ["read", "write"],
      tallies: ["read", "write"],
      selections: ["read"],
      receipts: ["read", "write"],
      sends: ["read", "write"],
    },
  },
  "import-file": {
    memory: 1024,
    timeout: 900,
    tables: {
      businesses: ["read"],
      customers: ["read", "write"],
      identities: ["read", "write", "erase"],
      suppressions: ["read", "check"],
      consents: ["write"],
      orders: ["read", "write"],
      items: ["read"],
      imports: ["read", "write"],
      rejections: ["read", "write", "batch"],
    },
  },
} satisfies Record<string, FunctionSettings>;

export type FunctionName = keyof typeof settings;
export const functionNames = Object.keys(settings) as FunctionName[];
export const functionSettings: Record<FunctionName, FunctionSettings> = settings;
