import { isOwnAddress } from "../businesses/senders.ts";
import * as businesses from "../businesses.ts";
import * as customers from "../customers.ts";
import type { Deadline } from "../deadline.ts";
import * as limits from "../limits.ts";
import * as links from "../links.ts";
import { canonicalAddress } from "../mail-addresses.ts";
import * as secrets from "../secrets.ts";
import { addSeconds, instant } from "../time.ts";
import type { Letter } from "./letter.ts";
import type { LinkRequest, RequestedLink } from "./link-requests.ts";
import { NotTaken } from "./permit.ts";
import { send } from "./send.ts";

/** How long a link to a customer's data is good once it is mailed, in seconds. */
export const dataLinkSeconds = 3600;

/** A request that could not be answered for so many seconds is not: nobody waits for the letter any more. */
const staleSeconds = 3600;

/**
 * Mails the link that was requested to the address that the customer has now. Repeating it sends nothing a second time.
 * Customers who get no other mail get this one, since they have the same rights; an address that bounced for good does
 * not, as nothing arrives there.
 */
export async function mailLink(request: LinkRequest, deadline: Deadline): Promise<void> {
  const now = instant(deadline.now());
  if (now > addSeconds(request.at, staleSeconds)) return;
  const [business, customer] = await Promise.all([
    businesses.find(request.business),
    customers.find(request.business, request.customer),
  ]);
  if (!business || !customer?.email || customer.suppressed === "bounce") return;
  if (!isOwnAddress(business, business.sender.address)) return;
  const { linkKeys, limitKey } = await secrets.keys();
  const claim = { name: `${business.id}#link#${request.id}`, seconds: 24 * 3600 };
  if (!(await limits.claim(claim, now))) return;
  const address = limits.nameFor(limitKey, "anyone", ["links", canonicalAddress(customer.email)]);
  if (await limits.countInAll(address, limits.linksToOneAddress, now)) return;
  const [key] = linkKeys;
  const addressee = { business: business.id, customer: customer.id, email: customer.email, at: now };
  const locale = customer.locale ?? business.locale;
  const letter = letterOf(request.link, {
    shop: business.name,
    locale,
    url: urlOf(request.link, key, addressee),
  });
  try {
    await send({ business, to: customer.email, letter }, deadline);
  } catch (error) {
    if (error instanceof NotTaken) {
      await limits.giveBack(address, limits.linksToOneAddress, now);
      await limits.release(claim);
    }
    throw error;
  }
}

const urlOf = (link: RequestedLink, key: links.LinkKey, addressee: links.Addressee): string =>
  link === "preferences"
    ? links.urlsOf(key, addressee).preferences
    : links.dataLinkUrl(key, link, { ...addressee, seconds: dataLinkSeconds });

type Given = { shop: string; locale: businesses.Locale; url: string };

function letterOf(link: RequestedLink, { shop, locale, url }: Given): Letter {
  const t = words[locale];
  const { subject, lead, button, last } = t[link];
  return {
    kind: `${link}-link`,
    locale,
    subject: subject(shop),
    preview: last,
    title: subject(shop),
    paragraphs: [lead(shop), last],
    button: { label: button, url },
    small: [t.notYou],
    why: t.why(shop),
  };
}

const id = {
  preferences: {
    subject: (shop: string) => `Tautan baru untuk mengatur email dari ${shop}`,
    lead: (shop: string) => `Anda meminta tautan baru untuk memilih email apa saja yang ${shop} kirim.`,
    button: "Atur email yang saya terima",
    last: `Tautan ini berlaku ${links.maxAgeDays} hari.`,
  },
  export: {
    subject: (shop: string) => `Data Anda di ${shop}`,
    lead: (shop: string) =>
      `Anda meminta untuk melihat atau mengunduh semua yang ${shop} simpan tentang Anda.`,
    button: "Buka data saya",
    last: "Tautan ini berlaku satu jam. Jangan teruskan email ini.",
  },
  erasure: {
    subject: (shop: string) => `Hapus data Anda di ${shop}`,
    lead: (shop: string) =>
      `Anda meminta agar ${shop} menghapus semua data Anda. Sebelum ada yang dihapus, Anda masih akan ditanya.`,
    button: "Lanjut menghapus",
    last: "Tautan ini berlaku satu jam. Jangan teruskan email ini.",
  },
  notYou: "Bukan Anda yang meminta? Abaikan saja email ini: tidak ada yang berubah.",
  why: (shop: string) => `Email ini dikirim karena diminta lewat tautan di email dari ${shop}.`,
};

const en: typeof id = {
  preferences: {
    subject: (shop) => `A new link to your email preferences at ${shop}`,
    lead: (shop) => `You asked for a new link to choose which emails ${shop} sends you.`,
    button: "Choose what you get",
    last: `The link is good for ${links.maxAgeDays} days.`,
  },
  export: {
    subject: (shop) => `Your data at ${shop}`,
    lead: (shop) => `You asked to see or download all that ${shop} keeps about you.`,
    button: "Open my data",
    last: "The link is good for one hour. Please don’t forward this email.",
  },
  erasure: {
    subject: (shop) => `Erase your data at ${shop}`,
    lead: (shop) =>
      `You asked ${shop} to erase all your data. Before anything is erased you are asked once more.`,
    button: "Go on to erase it",
    last: "The link is good for one hour. Please don’t forward this email.",
  },
  notYou: "Was it not you? Just ignore this email: nothing changes.",
  why: (shop) => `You get this email because it was asked for by a link in an email from ${shop}.`,
};

const words: Record<businesses.Locale, typeof id> = { id, en };
