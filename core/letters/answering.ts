import { reasonNotToSend } from "../businesses/may-send.ts";
import * as businesses from "../businesses.ts";
import * as customers from "../customers.ts";
import type { Deadline } from "../deadline.ts";
import type { BusinessId, ResponseId } from "../ids.ts";
import * as links from "../links.ts";
import type { Response } from "../responses/record.ts";
import { claimLetter, releaseLetter, whyUnreachable } from "../responses/see-to.ts";
import * as responses from "../responses.ts";
import * as secrets from "../secrets.ts";
import { quotable } from "../stranger-text.ts";
import { beginning } from "../text.ts";
import { instant } from "../time.ts";
import type { Letter } from "./letter.ts";
import { NotTaken } from "./permit.ts";
import { send } from "./send.ts";

/** Which answer to which response: they count from 0. */
export type Answered = { business: BusinessId; response: ResponseId; answer: number };

/**
 * Brings a customer what the owner wrote back to them. Repeating it sends nothing a second time; who can no longer
 * be written to gets nothing, and the answer says so.
 */
export async function bringAnswer(answered: Answered, deadline: Deadline): Promise<void> {
  const of = { business: answered.business, id: answered.response, index: answered.answer };
  const [business, response] = await Promise.all([
    businesses.find(of.business),
    responses.find(of.business, of.id),
  ]);
  const answer = response?.answers[of.index];
  if (!business || !answer || !(await claimLetter(of, instant(deadline.now())))) return;
  const customer = await customers.find(of.business, response.customer);
  const isHeld = reasonNotToSend(business) !== undefined;
  if (isHeld || !customer?.email || (await whyUnreachable(of.business, customer.id))) {
    return releaseLetter(of, { refused: true });
  }
  const [key] = (await secrets.keys()).linkKeys;
  const { run } = response;
  const { preferences } = links.urlsOf(key, {
    business: business.id,
    customer: customer.id,
    ...(run && { run }),
    email: customer.email,
    at: instant(deadline.now()),
  });
  const letter = letterOf(response, {
    text: answer.text,
    shop: business.name,
    locale: customer.locale ?? business.locale,
    preferences,
  });
  try {
    const taken = await send({ business, to: customer.email, letter }, deadline);
    if (taken === undefined) await releaseLetter(of, { refused: true });
  } catch (error) {
    if (error instanceof NotTaken) await releaseLetter(of, { refused: false });
    throw error;
  }
}

type Given = { text: string; shop: string; locale: businesses.Locale; preferences: string };

function letterOf(response: Response, { text, shop, locale, preferences }: Given): Letter {
  const t = words[locale];
  const quote = quoteOf(response);
  return {
    kind: "answer",
    byHand: true,
    locale,
    subject: t.subject(shop),
    preview: beginning(text.replace(/\s+/g, " "), 120),
    title: t.subject(shop),
    paragraphs: [...text.split(/\n{2,}/), ...(quote ? [t.yours] : [])],
    quote,
    small: [],
    why: t.why(shop),
    links: [{ label: t.preferences, url: preferences }],
  };
}

/** What the customer had said, so that they know what is answered; whoever held their mail may have said it. */
function quoteOf(response: Response): string {
  const words = quotable(response.words ?? "");
  if (response.kind === "leaving") return words;
  return `${"★".repeat(response.stars)}${"☆".repeat(5 - response.stars)}\n${words}`.trim();
}

const id = {
  subject: (shop: string) => `Jawaban dari ${shop}`,
  yours: "Yang Anda sampaikan:",
  why: (shop: string) =>
    `Email ini dikirim karena Anda menyampaikan sesuatu kepada ${shop} lewat tautan di emailnya.`,
  preferences: "Atur email",
};
const en: typeof id = {
  subject: (shop) => `${shop} has answered you`,
  yours: "What you told us:",
  why: (shop) => `You get this email because you told ${shop} something by a link in one of its emails.`,
  preferences: "Email preferences",
};
const words: Record<businesses.Locale, typeof id> = { id, en };
