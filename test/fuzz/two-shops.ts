import { expect } from "vitest";
import { Scope } from "../../core/keys.ts";
import type { Route } from "../../functions/http/route.ts";
import { furnish } from "../support/furnished.ts";
import type { TestHost } from "../support/host.ts";
import { bodyOf, filled, type Ids } from "../support/requests.ts";
import { story } from "../support/story.ts";

export type Sent = { operation: `${string} /${string}`; body?: unknown; idempotencyKey?: string };

/** What a business was given in answers: the newest first. */
export class Given {
  readonly ids: Record<string, string[]> = {};
  readonly cursors: string[] = [];
  readonly uploads: string[] = [];
  readonly requests: Sent[] = [];

  constructor(ids: Ids) {
    for (const [parameter, id] of Object.entries(ids)) this.ids[parameter] = [id];
  }

  /** Keeps every id, cursor and upload URL of an answer. */
  take(body: unknown): void {
    for (const [id, prefix = ""] of JSON.stringify(body ?? "").matchAll(ids)) {
      const known = this.ids[parameters[prefix] ?? ""];
      if (known && !known.includes(id)) known.unshift(id);
    }
    const { next, uploadUrl } = (body ?? {}) as { next?: string; uploadUrl?: string };
    if (next) this.cursors.unshift(next);
    if (uploadUrl) this.uploads.unshift(uploadUrl);
  }

  /** One id for each parameter: the newest, or so many before it. */
  pick(which: number): Ids {
    return Object.fromEntries(
      Object.entries(this.ids).map(([parameter, all]) => [parameter, all[which % all.length] ?? ""]),
    );
  }

  /** Whether an id is one that Sapa gave; those of items and orders are their owners' own, and may be alike. */
  has = (id: unknown): boolean =>
    /^[a-z]{3}_/.test(String(id)) && Object.values(this.ids).some((all) => all.includes(String(id)));
}

const ids = /(?<![\w-])(cus|seg|tpl|cam|run|imp|era|rsp|key)_[\w-]+/g;
const parameters: Record<string, string> = {
  ...{ cus: "customer", seg: "segment", tpl: "template", cam: "campaign", run: "run", imp: "import" },
  ...{ era: "erasure", rsp: "response", key: "key" },
};

export const sentTo = (route: Route, given: Ids, more: Omit<Sent, "operation"> = {}): Sent => ({
  operation: `${route.method} ${filled(route, given)}` as Sent["operation"],
  ...(route.body && { body: bodyOf(route, given) }),
  ...more,
});

/** The newest or an earlier one of a list that may be empty. */
export const pick = <T>(all: readonly T[], which: number): T | undefined => all[which % (all.length || 1)];

type Shop = { business: string; key: string; given: Given; link: string };

/**
 * A business with one of each thing, mails that were answered, a file that was partly wrong, somebody erased, and a key
 * that may do everything. The words stand in all that it keeps, and in no id or address.
 */
export async function open(host: TestHost, name: string, words: string): Promise<Shop> {
  const { business } = await host.shop({ name: `Toko ${words}` });
  const key = await keyWith(host, business, Scope.options);
  const shop = { business, key };
  const owner = story(host, () => key);
  const furnished = await furnish(host, shop, name, words);
  const link = linkOf(host, `${name}@example.com`, "u");
  const rating = linkOf(host, `${name}@example.com`, "r");
  await fetch(rating, { method: "POST", body: new URLSearchParams({ stars: "1", words: `Kata ${words}` }) });
  const imported = await importFile(
    owner,
    `email,name,birthday\nfile.${name}@example.com,${words},31/31\n,${words},1\n`,
    {
      fileName: `${words}.csv`,
    },
  );
  // This one waits for an answer, with a rehearsal to be read.
  const rehearsed = await importFile(
    owner,
    `email,name,status\nnew.${name}@example.com,${words},${words}\n`,
    {
      dryRun: true,
    },
  );
  const erased = await owner.customer({ email: `erased.${name}@example.com` });
  const erasure = await owner.ask(`DELETE /v1/customers/${erased}`);
  await host.host.idle();
  const { items: responses } = await owner.ask("GET /v1/responses");
  const spare = await owner.ask(`POST /v1/businesses/${business}/keys`, {
    name: words,
    scopes: ["items:read"],
  });
  const given = new Given({ ...furnished, key: spare.id, erasure: erasure.id, response: responses[0].id });
  given.take(imported);
  given.take(rehearsed);
  return { ...shop, given, link };
}

/** Imports a file of customers; returns the import as it began, with its upload URL. */
async function importFile(owner: ReturnType<typeof story>, file: string, more: object) {
  const size = Buffer.byteLength(file);
  const imported = await owner.ask("POST /v1/imports", { kind: "customers", format: "csv", size, ...more });
  expect((await fetch(imported.uploadUrl, { method: "PUT", body: file })).ok).toBe(true);
  return imported;
}

/** The first link of a kind in the first mail to an address. */
export function linkOf(host: TestHost, address: string, kind: string): string {
  const [mail] = host.mails(address);
  const link = new RegExp(`https?://[^"\\s]+/${kind}/[\\w.~-]+`).exec(mail?.body.html ?? "")?.[0];
  if (!link) throw new Error(`${address} got no link of the kind ${kind}`);
  return link;
}

async function keyWith(host: TestHost, business: string, scopes: readonly Scope[]): Promise<string> {
  const operator = { key: await host.adminKey(), body: { name: scopes.join().slice(0, 80), scopes } };
  return (await host.request(`POST /v1/businesses/${business}/keys`, operator)).body.token;
}

/** A key of a business that has been deleted since. */
export async function deletedKey(host: TestHost, { business, key }: Shop): Promise<string> {
  const owner = story(host, () => key);
  const { id, token } = await owner.ask(`POST /v1/businesses/${business}/keys`, { name: "Old" });
  await owner.ask(`DELETE /v1/businesses/${business}/keys/${id}`);
  return token;
}

/** Tells for each operation a key that lacks the scope for it. */
export async function narrowKeys(host: TestHost, { business }: Shop): Promise<(route: Route) => string> {
  const items = await keyWith(host, business, ["items:read"]);
  const segments = await keyWith(host, business, ["segments:read"]);
  return ({ access }) => (access === "items:read" ? segments : items);
}
