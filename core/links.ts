import { createHmac, timingSafeEqual } from "node:crypto";
import { environment } from "./environment.ts";
import { BusinessId, CustomerId, RunId, SignUpId } from "./ids.ts";
import type { Instant } from "./time.ts";

/** Each kind of link in a mail to a customer, with the first part of its path: none is good for what another is. */
export const linkKinds = { unsubscribe: "u", preferences: "p", rating: "r" } as const;
export type LinkKind = keyof typeof linkKinds;

/** The kinds of link that are good for an hour and mailed only on request: each does one thing with a customer's data. */
export const dataLinkKinds = { export: "d", erasure: "e" } as const;
export type DataLinkKind = keyof typeof dataLinkKinds;

/** What a link says: ids only, nothing personal, since mails and addresses of pages get around. */
export type Link = {
  business: BusinessId;
  customer: CustomerId /** None in mail that no run sent. */;
  run?: RunId;
  /** A keyed hash of the address that it was mailed to. */
  address: string;
  /** The day that it was made, in UTC, counted from 1970-01-01. */
  day: number;
};

/** A link to a customer's data says until when it is good, in epoch seconds, instead of its run and day. */
export type DataLink = Pick<Link, "business" | "customer" | "address"> & { expiresAt: number };

/** To whom a mail goes, and when it was made: what its links are bound to. The address is as it is kept. */
export type Addressee = Pick<Link, "business" | "customer" | "run"> & { email: string; at: Instant };

/** The link by which someone confirms that they signed up, before they are a customer. */
export type Confirmation = { business: BusinessId; signUp: SignUpId };

/** A key for signing links, and the short name by which tokens say which one signed them. */
export type LinkKey = { id: string; key: Buffer };

/** How long after its day a link still opens the page of preferences; unsubscribing has no end. */
export const maxAgeDays = 90;

/**
 * A token, `k2.7hkq….9cvb….m3p…_t5.g1a.Zm9v….<signature>`: the key's name, then business, customer and run without
 * their prefixes, day and address, then the 16 bytes of its HMAC-SHA512 that are the kind's. Every character is safe
 * in a URL.
 */
export function sign(key: LinkKey, kind: LinkKind, link: Link): string {
  return signed(key, kind, bodyOf(key, link));
}

/** What the links of a mail to somebody say. */
export function linkTo(key: LinkKey, { business, customer, run, email, at }: Addressee): Link {
  const link: Link = { business, customer, address: addressHash(key, business, email), day: dayOf(at) };
  // Not by spreading: it is done for every mail.
  if (run) link.run = run;
  return link;
}

/** Whether a link that this key signed was mailed to the address. */
export const wasMailedTo = (key: LinkKey, link: Pick<Link, "business" | "address">, email: string): boolean =>
  link.address === addressHash(key, link.business, email);

/** Whether a link is of the last 90 days. */
export const isRecent = ({ day }: Link, now: Instant): boolean => dayOf(now) - day <= maxAgeDays;

/** The token of a link to a customer's data: as above, with the second of its end in place of run and day. */
export const signDataLink = (key: LinkKey, kind: DataLinkKind, link: DataLink): string =>
  signed(key, kind, `${ofCustomer(key, link)}.${link.expiresAt.toString(36)}.${link.address}`);

/** The token of a confirmation: as above, with the sign-up's id in place of customer and run. */
export function signConfirmation(key: LinkKey, { business, signUp }: Confirmation): string {
  return signed(key, "confirmation", `${key.id}.${business.slice(4)}.${signUp.slice(4)}`);
}

/** What a token of this kind says, if one of the keys signed it; `undefined` for anything else, whatever is wrong. */
export function read(keys: readonly LinkKey[], kind: LinkKind, token: string): Link | undefined {
  const [, business, customer, run, day, address, ...rest] = verified(keys, kind, token) ?? [];
  if (!business || !customer || !run || !day || !address || rest.length > 0) return undefined;
  return {
    business: BusinessId.parse(`biz_${business}`),
    customer: CustomerId.parse(`cus_${customer}`),
    ...(run !== noRun && { run: RunId.parse(`run_${run}`) }),
    address,
    day: Number.parseInt(day, 36),
  };
}

/** The same for the token of a link to a customer's data, whether or not its hour is over. */
export function readDataLink(
  keys: readonly LinkKey[],
  kind: DataLinkKind,
  token: string,
): DataLink | undefined {
  const [, business, customer, expiresAt, address, ...rest] = verified(keys, kind, token) ?? [];
  if (!business || !customer || !expiresAt || !address || rest.length > 0) return undefined;
  return {
    business: BusinessId.parse(`biz_${business}`),
    customer: CustomerId.parse(`cus_${customer}`),
    address,
    expiresAt: Number.parseInt(expiresAt, 36),
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

/** The key that a token says it was signed with, if it is one of these. */
export const keyOf = (keys: readonly LinkKey[], token: string): LinkKey | undefined =>
  keys.find(({ id }) => id === keyIdOf(token));

export type Urls = { [kind in LinkKind]: string };

/** The links of a mail to somebody, under the public address of the stack. */
export function urlsOf(key: LinkKey, addressee: Addressee): Urls {
  const address = publicAddress();
  const body = bodyOf(key, linkTo(key, addressee));
  const macs = createHmac("sha512", key.key).update(body).digest();
  const url = (kind: LinkKind) =>
    `${address}/${linkKinds[kind]}/${body}.${macFor(kind, macs).toString("base64url")}`;
  return { unsubscribe: url("unsubscribe"), preferences: url("preferences"), rating: url("rating") };
}

/** A link to a customer's data that is good for so many seconds from the addressee's instant on. */
export function dataLinkUrl(
  key: LinkKey,
  kind: DataLinkKind,
  { seconds, ...addressee }: Addressee & { seconds: number },
): string {
  const { business, customer, address } = linkTo(key, addressee);
  const expiresAt = Math.floor(Date.parse(addressee.at) / 1000) + seconds;
  const token = signDataLink(key, kind, { business, customer, address, expiresAt });
  return `${publicAddress()}/${dataLinkKinds[kind]}/${token}`;
}

/** Where a sign-up is confirmed. */
export const confirmationUrl = (key: LinkKey, confirmation: Confirmation): string =>
  `${publicAddress()}/c/${signConfirmation(key, confirmation)}`;

/** The page where people join a business by themselves. */
export const joinUrl = (business: BusinessId): string => `${publicAddress()}/join/${business}`;

const publicAddress = () => environment("PUBLIC_URL").replace(/\/$/, "");

/** Stands for the run in links of mail that no run sent; it is no character of ids. */
const noRun = "~";

const ofCustomer = ({ id }: LinkKey, { business, customer }: Pick<Link, "business" | "customer">): string =>
  `${id}.${business.slice(4)}.${customer.slice(4)}`;

const bodyOf = (key: LinkKey, link: Link): string =>
  `${ofCustomer(key, link)}.${link.run?.slice(4) ?? noRun}.${link.day.toString(36)}.${link.address}`;

const dayOf = (at: Instant): number => Math.floor(Date.parse(at) / 86_400_000);

/**
 * Eleven characters, 66 bits, of an HMAC-SHA256: they tell one address of a business from another, and no address to
 * whoever lacks the key. No token's body has a space in it, so that this is never the signature of one.
 */
const addressHash = ({ key }: LinkKey, business: BusinessId, email: string): string =>
  createHmac("sha256", key).update(`address ${business} ${email}`).digest("base64url").slice(0, 11);

const signed = (key: LinkKey, kind: Signed, body: string): string =>
  `${body}.${macOf(key, kind, body).toString("base64url")}`;

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
  const good = keys.some((key) => key.id === parts[0] && timingSafeEqual(macOf(key, kind, body), given));
  return good ? parts : undefined;
}

const macBytes = 16;
type Signed = LinkKind | DataLinkKind | "confirmation";
const quarters: Signed[] = ["unsubscribe", "preferences", "rating", "confirmation"];

/** One HMAC has 64 bytes, of which no quarter tells anything of another: each kind of link is signed by its own. */
function macFor(kind: Signed, macs: Buffer): Buffer {
  const start = quarters.indexOf(kind) * macBytes;
  return macs.subarray(start, start + macBytes);
}

/** The quarters are taken: a further kind signs its name and a space before the body, which no body has. */
function macOf({ key }: LinkKey, kind: Signed, body: string): Buffer {
  if (quarters.includes(kind)) return macFor(kind, createHmac("sha512", key).update(body).digest());
  return createHmac("sha512", key).update(`${kind} ${body}`).digest().subarray(0, macBytes);
}
