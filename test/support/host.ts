import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll } from "vitest";
import { type HostOptions, type LocalHost, startHost } from "../../local/host.ts";
import type { Email } from "../../local/services/mailbox.ts";
import { synthesise } from "../../local/synthesis.ts";
import type { Template } from "../../local/template.ts";

const project = fileURLToPath(new URL("../..", import.meta.url));
/** What `npm run permissions` reads. */
const record = join(project, "node_modules", ".cache", "sapa-permissions");

type ShopSettings = { sender?: { address: string }; limits?: object; [setting: string]: unknown };
type Given = { key: string; body?: unknown; headers?: Record<string, string> };
// biome-ignore lint/suspicious/noExplicitAny: what a test expects of an answer says its type better than a cast.
export type Answer = { status: number; headers: Headers; body: any };

export type TestHost = {
  /** The host itself; only in tests and hooks, once it has started. */
  readonly host: LocalHost;
  adminKey(): Promise<string>;
  /** Asks the owner API: `request("PUT /v1/customers", { key, body })`; any status is an answer. */
  request(operation: `${string} /${string}`, given: Given): Promise<Answer>;
  /** A new business with a key that may do everything. */
  shop(settings?: ShopSettings): Promise<{ business: string; key: string }>;
  /** What lies in the inbox, in order of arrival; with `to`, only what that address got. */
  mails(to?: string): Email[];
  /** Moves the clock to a time, firing what falls due, and waits until all is done. */
  moveTo(time: string): Promise<void>;
};

/**
 * Called at the top of a test file: the whole stack on free ports, empty, as `npm start -- --empty` has it. The
 * synthesis is shared with every other file whose sources are the same.
 */
export function useHost(
  options: Omit<Partial<HostOptions>, "now"> & {
    now?: string;
    change?: (template: Template) => Template;
  } = {},
): TestHost {
  let started: LocalHost | undefined;
  let admin: string | undefined;

  beforeAll(async () => {
    const assembly = await synthesise(project);
    const { now, change = (template) => template, ...rest } = options;
    const changed = { ...assembly, template: change(assembly.template) };
    started = await startHost(changed, { port: 0, record, ...rest, ...(now && { now: Date.parse(now) }) });
  }, 120_000);
  afterAll(async () => {
    await started?.stop();
  });

  const host = (): LocalHost => {
    if (!started) throw new Error("The host has not started: use it in tests and hooks only");
    return started;
  };
  const adminKey = async () => {
    admin ??= await host().adminKey();
    return admin;
  };
  const request = async (operation: string, { key, body, headers }: Given): Promise<Answer> => {
    const [method = "", path = ""] = operation.split(" ");
    const response = await fetch(`${host().apiUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    if (text.length > 5_000_000) throw new Error(`${operation} is answered with ${text.length} characters`);
    const isJson = response.headers.get("content-type")?.includes("json");
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  };

  return {
    get host() {
      return host();
    },
    adminKey,
    request,
    async shop(settings = {}) {
      const key = await adminKey();
      const given = { ...kopiSenja, ...settings };
      // The whole domain of its sender is its own.
      const identities = [given.sender.address.split("@")[1]];
      const body = { ...given, limits: { identities, ...settings.limits } };
      const business = await request("POST /v1/businesses", { key, body });
      if (business.status !== 201) throw new Error(`No business: ${JSON.stringify(business.body)}`);
      const { id } = business.body;
      const issued = await request(`POST /v1/businesses/${id}/keys`, { key, body: { name: "test" } });
      if (issued.status !== 201) throw new Error(`No key: ${JSON.stringify(issued.body)}`);
      return { business: id, key: issued.body.token };
    },
    mails: (to) =>
      host()
        .ses.mails()
        .filter(
          ({ destination }) => to === undefined || destination.to.some((address) => address.includes(to)),
        ),
    async moveTo(time) {
      await host().clock.move(Date.parse(time));
      await host().idle();
    },
  };
}

const kopiSenja = {
  name: "Kopi Senja",
  sender: { address: "halo@kopisenja.example" },
  postalAddress: "Jl. Braga 12, Bandung 40111, Indonesia",
  timeZone: "Asia/Jakarta",
  currency: "IDR",
  locale: "id",
};
