import type { Email } from "../../local/services/mailbox.ts";
import { header } from "./story.ts";

/** Every address in a mail, as a scanner finds them: in its HTML, its text and its headers. */
export function addressesIn(mail: Email): string[] {
  const html = [...(mail.body.html ?? "").matchAll(/\b(?:href|src|action)="([^"]+)"/g)].map(([, to]) => to);
  const text = mail.body.text?.match(/https?:\/\/[^\s<>"]+/g) ?? [];
  const headers = [...(header(mail, "List-Unsubscribe") ?? "").matchAll(/<([^>]+)>/g)].map(([, to]) => to);
  return [...new Set([...html, ...text, ...headers].map((to) => unescaped(to ?? "")))];
}

/**
 * Follows links as a scanner does: asks for each of the addresses by HEAD and by GET, then for those on the pages that
 * they lead to, whatever they are for, until there are no new ones. Other sites than `site` are left alone. Answers
 * the addresses that were followed.
 */
export async function scan(site: string, addresses: readonly string[]): Promise<string[]> {
  const seen = new Set<string>();
  const visit = async (address: string): Promise<void> => {
    if (!address.startsWith(`${site}/`) || seen.has(address)) return;
    seen.add(address);
    await fetch(address, { method: "HEAD" });
    const page = await (await fetch(address)).text();
    const found = [...page.matchAll(/\b(?:href|src|action|formaction)="([^"]+)"/g)].map(([, to]) => to);
    await all(found.map((to) => new URL(unescaped(to ?? ""), address).href));
  };
  const all = (next: readonly string[]) => Promise.all(next.map(visit));
  await all(addresses);
  return [...seen];
}

const unescaped = (text: string): string =>
  text.replaceAll("&amp;", "&").replaceAll("&#x3D;", "=").replaceAll("&#x27;", "'").replaceAll("&quot;", '"');
