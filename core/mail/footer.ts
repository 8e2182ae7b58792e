import type { Locale } from "../businesses.ts";

/** What the law and mailbox providers want in every mail, whoever wrote its template. */
const required = ["because", "business.postalAddress", "links.preferences", "links.unsubscribe"];

const words = {
  id: { preferences: "Atur email", unsubscribe: "Berhenti berlangganan" },
  en: { preferences: "Email preferences", unsubscribe: "Unsubscribe" },
};

/** What a template leaves out of what every mail must carry, given the variables that it always prints. */
export const missing = (always: readonly string[]): string[] =>
  required.filter((path) => !always.includes(path));

/** MJML of a footer with the given parts, on one line so that the lines of the owner's template stay theirs. */
export function footer(parts: readonly string[], locale: Locale): string {
  if (parts.length === 0) return "";
  const { preferences, unsubscribe } = words[locale];
  const link = (path: string, label: string) => `<a href="{{${path}}}" style="color:#6b7280">${label}</a>`;
  const lines = [
    parts.includes("because") && "{{because}}",
    parts.includes("business.postalAddress") && "{{business.name}} · {{business.postalAddress}}",
    [
      parts.includes("links.preferences") && link("links.preferences", preferences),
      parts.includes("links.unsubscribe") && link("links.unsubscribe", unsubscribe),
    ]
      .filter(Boolean)
      .join(" · "),
  ].filter(Boolean);
  return `<mj-section padding="16px 0"><mj-column><mj-text align="center" font-size="12px" line-height="20px" color="#6b7280">${lines.join("<br/>")}</mj-text></mj-column></mj-section>`;
}

/** The same for plain text. */
export function plainFooter(parts: readonly string[], locale: Locale): string {
  const { preferences, unsubscribe } = words[locale];
  const lines = [
    parts.includes("because") && "{{because}}",
    parts.includes("business.postalAddress") && "{{business.name}} · {{business.postalAddress}}",
    parts.includes("links.preferences") && `${preferences}: {{links.preferences}}`,
    parts.includes("links.unsubscribe") && `${unsubscribe}: {{links.unsubscribe}}`,
  ].filter(Boolean);
  return lines.length > 0 ? `\n\n--\n${lines.join("\n")}\n` : "";
}
