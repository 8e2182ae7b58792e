import { createHmac, timingSafeEqual } from "node:crypto";
import { environment } from "./environment.ts";
import { BusinessId, CustomerId, RunId, SignUpId } from "./ids.ts";

/** Each kind of link in a mail to a customer, with the first part of its path: none is good for what another is. */
export const linkKinds = { unsubscribe: "u", preferences: "p", rating: "r" } as const;
export type LinkKind = keyof typeof linkKinds;

/** What a link says: ids only, nothing personal, since mails and addresses of pages get around. */
export type Link = {
  business: BusinessId;
  customer: CustomerId /** None in mail that no run sent. */;
  run?: RunId;
};

/** The link by which someone confirms that they signed up, before they are a customer. */
export type Confirmation = { business: BusinessId; signUp: SignUpId };

/** A key for signing links, and the short name by which tokens say which one signed them. */
export type LinkKey = { id: string; key: Buffer };

/**
 * A token, `k2.7hkq….9cvb….m3p…_t5.<signature>`: the key's name, then business, customer and run without their
 * prefixes, then the 16 bytes of its HMAC-SHA512 that are the kind's. Every character is safe in a URL.
 */
export function sign(key: LinkKey, kind: LinkKind, link: Link): string {
  return signed(key, kind, bodyOf(key, link));
}

/** The token of a confirmation: as above, with the sign-up's id in place of customer and run. */
export function signConfirmation(key: LinkKey, { business, signUp }: Confirmation): string {
  return signed(key, "confirmation", `${key.id}.${business.slice(4)}.${signUp.slice(4)}`);
}

/** What a token of this kind says, if one of the keys signed it; `undefined` for anything else, whatever is wrong. */
export function read(keys: readonly LinkKey[], kind: LinkKind, token: string): Link | undefined {
  const [, business, customer, run, ...rest] = verified(keys, kind, token) ?? [];
  if (!business || !customer || !run || rest.length > 0) return undefined;
  return {
    business: BusinessId.parse(`biz_${business}`),
    customer: CustomerId.parse(`cus_${customer}`),
    ...(run !== noRun && { run: RunId.parse(`run_${run}`) }),
  };
}

/** The same for the token of a confirmation. */
export function readConfirmation(keys: readonly LinkKey[], token: string): Confirmation | undefined {
  const [, business, signUp, ...rest] = verified(keys, "confirmation", token) ?? [];
  if (!business || !signUp || rest.length > 0) return undefined;
  return { business: BusinessId.parse(`biz_${business}`), signUp: SignUpId.parse(`sup_${signUp}`) };
}

/** The name of the key that a token says it was signed with. */
export const keyIdOf = (token: string): string => token.slice(0, Math.max(0, token.indexOf(".")));

export type Urls = { [kind in LinkKind]: string };

/** The links of a mail, under the public address of the stack. */
export function urlsOf(key: LinkKey, link: Link): Urls {
  const address = publicAddress();
  const body = bodyOf(key, link);
  const macs = createHmac("sha512", key.key).update(body).digest();
  const url = (kind: LinkKind) =>
    `${address}/${linkKinds[kind]}/${body}.${macFor(kind, macs).toString("base64url")}`;
  return { unsubscribe: url("unsubscribe"), preferences: url("preferences"), rating: url("rating") };
}

/** Where a sign-up is confirmed. */
export const confirmationUrl = (key: LinkKey, confirmation: Confirmation): string =>
  `${publicAddress()}/c/${signConfirmation(key, confirmation)}`;

/** The page where people join a business by themselves. */
export const joinUrl = (business: BusinessId): string => `${publicAddress()}/join/${business}`;

const publicAddress = () => environment("PUBLIC_URL").replace(/\/$/, "");

/** Stands for the run in links of mail that no run sent; it is no character of ids. */
const noRun = "~";

const bodyOf = ({ id }: LinkKey, { business, customer, run }: Link): string =>
  `${id}.${business.slice(4)}.${customer.slice(4)}.${run?.slice(4) ?? noRun}`;

function signed(key: LinkKey, kind: Signed, body: string): string {
  const macs = createHmac("sha512", key.key).update(body).digest();
  return `${body}.${macFor(kind, macs).toString("base64url")}`;
}

/** The parts before the signature, if a key signed them as this kind. */
function verified(keys: readonly LinkKey[], kind: Signed, token: string): string[] | undefined {
  const cut = token.lastIndexOf(".");
  if (cut < 0) return undefined;
  const body = token.slice(0, cut);
  const signature = token.slice(cut + 1);
  const given = Buffer.from(signature, "base64url");
  // Base64 has several spellings of the same bytes: only ours is taken.
  if (given.length !== macBytes || given.toString("base64url") !== signature) return undefined;
  const parts = body.split(".");
  const good = keys.some(
    ({ id, key }) =>
      id === parts[0] &&
      timingSafeEqual(macFor(kind, createHmac("sha512", key).update(body).digest()), given),
  );
  return good ? parts : undefined;
}

const macBytes = 16;
type Signed = LinkKind | "confirmation";
const places: Signed[] = ["unsubscribe", "preferences", "rating", "confirmation"];

/** One HMAC has 64 bytes, of which no quarter tells anything of another: each kind of link is signed by its own. */
function macFor(kind: Signed, macs: Buffer): Buffer {
  const start = places.indexOf(kind) * macBytes;
  return macs.subarray(start, start + macBytes);
}
