import { isOwnAddress } from "../businesses/senders.ts";
import * as businesses from "../businesses.ts";
import type { Deadline } from "../deadline.ts";
import type { BusinessId, CustomerId, SignUpId } from "../ids.ts";
import * as limits from "../limits.ts";
import * as links from "../links.ts";
import { canonicalAddress } from "../mail-addresses.ts";
import * as secrets from "../secrets.ts";
import { admit, look, type Standing } from "../sign-ups/confirm.ts";
import * as signUps from "../sign-ups.ts";
import { type Instant, instant } from "../time.ts";
import type { Letter } from "./letter.ts";
import { NotTaken } from "./permit.ts";
import { send } from "./send.ts";
import { words } from "./words.ts";

type Business = businesses.Business;
type Locale = businesses.Locale;

/** A letter of the kind that a sign-up asks for, its links and its reader's language given. */
type Kind = (given: { shop: string; locale: Locale; imported: boolean; urls: Urls }) => Letter;
type Urls = { confirmation: string; preferences: string; unsubscribe: string };

const footer = ({ locale, urls }: { locale: Locale; urls: Urls }) => [
  { label: words[locale].preferences, url: urls.preferences },
  { label: words[locale].unsubscribe, url: urls.unsubscribe, unsubscribes: true },
];

const confirmation: Kind = ({ shop, locale, imported, urls }) => {
  const t = words[locale];
  return {
    kind: "confirmation",
    locale,
    subject: t.confirmSubject(shop),
    preview: t.confirmPreview,
    title: imported ? t.confirmSubject(shop) : t.confirmTitle,
    paragraphs: [imported ? t.confirmImport(shop) : t.confirmForm(shop), t.confirmAsk],
    button: { label: t.confirmButton, url: urls.confirmation },
    small: [imported ? t.confirmIgnoreImport : t.confirmIgnoreForm],
    why: imported ? t.confirmWhyImport(shop) : t.confirmWhyForm(shop),
  };
};

const alreadySubscribed: Kind = (given) => {
  const t = words[given.locale];
  return {
    kind: "already-subscribed",
    locale: given.locale,
    subject: t.alreadySubject(given.shop),
    preview: t.alreadyPreview,
    title: t.alreadyTitle,
    paragraphs: [t.alreadyLead(given.shop)],
    button: { label: t.choose, url: given.urls.preferences },
    small: [],
    why: t.why(given.shop),
    links: footer(given),
  };
};

const welcome: Kind = (given) => {
  const t = words[given.locale];
  return {
    kind: "welcome",
    locale: given.locale,
    subject: t.welcomeSubject(given.shop),
    preview: t.welcomePreview,
    title: t.welcomeTitle,
    paragraphs: [t.welcomeLead(given.shop)],
    button: { label: t.choose, url: given.urls.preferences },
    small: [t.welcomeNotYou],
    why: t.why(given.shop),
    links: footer(given),
  };
};

/** Which letter answers a sign-up: none to an address whose mail was stopped. */
function kindFor(standing: Standing): Kind | undefined {
  if (standing.state === "confirmed") return welcome;
  if (standing.state !== "waiting") return undefined;
  return standing.before?.consent === "subscribed" ? alreadySubscribed : confirmation;
}

export type Asked = { business: BusinessId; signUp: SignUpId };

/**
 * Answers a sign-up with the letter that fits whoever has the address; who is to be mailed at all is decided here,
 * out of sight of whoever typed it. Repeating it sends nothing a second time.
 */
export async function answerSignUp(asked: Asked, deadline: Deadline): Promise<void> {
  const now = instant(deadline.now());
  const business = await businesses.find(asked.business);
  if (!business) return;
  if (!business.signUp.doubleOptIn) await admit(business, asked.signUp, now);
  const signUp = await signUps.find(business.id, asked.signUp, now);
  if (!signUp || signUp.letterAt) return;
  const standing = await look(business, signUp.id, now);
  await write({ business, signUp, standing }, deadline);
}

/**
 * Writes the letter that fits how a sign-up stands, if there is one, once. An owner's import is no stranger, and is
 * sent at the pace of a campaign. A business whose sender's address is not its own sends none, and the sign-up is not
 * used up by it.
 */
export async function write(
  { business, signUp, standing }: { business: Business; signUp: signUps.SignUp; standing: Standing },
  deadline: Deadline,
): Promise<void> {
  const now = instant(deadline.now());
  const kind = kindFor(standing);
  const reader = readerOf(standing);
  if (!isOwnAddress(business, business.sender.address)) return;
  if (!kind || !reader || !(await signUps.claimLetter(signUp, now))) return;
  // The sign-up keeps its claim: nobody gets the letter later, when they no longer wait for it.
  if (!reader.imported && !(await isTheirTurn(business.id, { to: reader.email, by: signUp.id }, now))) return;
  const letter = kind({
    shop: business.name,
    locale: reader.locale ?? business.locale,
    imported: reader.imported,
    urls: await urlsFor(signUp, reader, now),
  });
  await send({ business, to: reader.email, letter, bulk: reader.imported }, deadline).catch(
    async (error: unknown) => {
      if (error instanceof NotTaken) {
        if (!reader.imported) await giveBackTurn(reader.email, now);
        await signUps.releaseLetter(signUp);
      }
      throw error;
    },
  );
}

type Reader = {
  email: string;
  locale: Locale | undefined;
  imported: boolean;
  customer: CustomerId | undefined;
};

function readerOf(standing: Standing): Reader | undefined {
  if (standing.state === "confirmed") {
    const { id, email, locale } = standing.customer;
    return email ? { email, locale, imported: false, customer: id } : undefined;
  }
  if (standing.state !== "waiting") return undefined;
  const { request, before } = standing;
  const imported = request.evidence.way === "import";
  return { email: request.email, locale: request.locale, imported, customer: before?.id };
}

/**
 * Whoever types an address again and again, in whatever spelling and at whatever business, brings its owner few
 * letters.
 */
async function isTheirTurn(
  business: BusinessId,
  { to, by }: { to: string; by: string },
  now: Instant,
): Promise<boolean> {
  const { limitKey } = await secrets.keys();
  const turn = limits.nameFor(limitKey, business, ["address", canonicalAddress(to)]);
  if (!(await limits.takeTurn({ name: turn, by, seconds: limits.letterPause }, now))) return false;
  return (await limits.countInAll(await mailboxOf(to), limits.lettersToOneAddress, now)) === undefined;
}

/** A letter that SES did not take counts for nothing: it is tried again, for a day where the quota is used up. */
const giveBackTurn = async (to: string, now: Instant): Promise<void> =>
  limits.giveBack(await mailboxOf(to), limits.lettersToOneAddress, now);

/** The name under which letters of all businesses to one mailbox are counted. */
async function mailboxOf(email: string): Promise<string> {
  const { limitKey } = await secrets.keys();
  return limits.nameFor(limitKey, "anyone", ["sign-up", canonicalAddress(email)]);
}

async function urlsFor(
  { business, id }: signUps.SignUp,
  { customer, email }: Reader,
  at: Instant,
): Promise<Urls> {
  const [key] = (await secrets.keys()).linkKeys;
  const confirmation = links.confirmationUrl(key, { business, signUp: id });
  const { preferences, unsubscribe } = customer
    ? links.urlsOf(key, { business, customer, email, at })
    : { preferences: "", unsubscribe: "" };
  return { confirmation, preferences, unsubscribe };
}
