import { createHmac, timingSafeEqual } from "node:crypto";
import { environment } from "./environment.ts";
import { BusinessId, CustomerId, RunId } from "./ids.ts";

export const linkKinds = { unsubscribe: "u", preferences: "p" } as const;
export type LinkKind = keyof typeof linkKinds;

/** What a link says: ids only, nothing personal, since mails and addresses of pages get around. */
export type Link = { business: BusinessId; customer: CustomerId; run: RunId };

/** A key for signing links, and the short name by which tokens say which one signed them. */
export type LinkKey = { id: string; key: Buffer };

/**
 * A token, `k2.7hkq….9cvb….m3p…_t5.<signature>`: the key's name, then business, customer and run without their
 * prefixes, then the 16 bytes of its HMAC-SHA256 that are the kind's. Every character is safe in a URL.
 */
export function sign(key: LinkKey, kind: LinkKind, link: Link): string {
  const body = bodyOf(key, link);
  return `${body}.${macsOf(key.key, body)[kind].toString("base64url")}`;
}

/** What a token of this kind says, if one of the keys signed it; `undefined` for anything else, whatever is wrong. */
export function read(keys: readonly LinkKey[], kind: LinkKind, token: string): Link | undefined {
  const [id, business, customer, run, signature, ...rest] = token.split(".");
  if (!id || !business || !customer || !run || !signature || rest.length > 0) return undefined;
  const body = `${id}.${business}.${customer}.${run}`;
  const given = Buffer.from(signature, "base64url");
  // Base64 has several spellings of the same bytes: only ours is taken.
  if (given.length !== macBytes || given.toString("base64url") !== signature) return undefined;
  const signed = keys.some((one) => one.id === id && timingSafeEqual(macsOf(one.key, body)[kind], given));
  if (!signed) return undefined;
  return {
    business: BusinessId.parse(`biz_${business}`),
    customer: CustomerId.parse(`cus_${customer}`),
    run: RunId.parse(`run_${run}`),
  };
}

/** The name of the key that a token says it was signed with. */
export const keyIdOf = (token: string): string => token.slice(0, Math.max(0, token.indexOf(".")));

/** Both links of a mail, under the public address of the stack. */
export function urlsOf(key: LinkKey, link: Link): { unsubscribe: string; preferences: string } {
  const address = publicAddress();
  const body = bodyOf(key, link);
  const macs = macsOf(key.key, body);
  return {
    unsubscribe: `${address}/${linkKinds.unsubscribe}/${body}.${macs.unsubscribe.toString("base64url")}`,
    preferences: `${address}/${linkKinds.preferences}/${body}.${macs.preferences.toString("base64url")}`,
  };
}

const publicAddress = () => environment("PUBLIC_URL").replace(/\/$/, "");

const bodyOf = ({ id }: LinkKey, { business, customer, run }: Link): string =>
  `${id}.${business.slice(4)}.${customer.slice(4)}.${run.slice(4)}`;

const macBytes = 16;

/** One HMAC has 32 bytes, of which neither half tells anything of the other: each kind of link is signed by its own. */
function macsOf(key: Buffer, body: string): Record<LinkKind, Buffer> {
  const bytes = createHmac("sha256", key).update(body).digest();
  return { unsubscribe: bytes.subarray(0, macBytes), preferences: bytes.subarray(macBytes) };
}
