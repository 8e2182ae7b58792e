import MailComposer from "nodemailer/lib/mail-composer/index.js";
import PostalMime, { type Email as Parsed } from "postal-mime";
import { expect } from "vitest";
import type { Email } from "../../local/services/mailbox.ts";

/** A mail as it travels: what SES makes of the parts and headers that it was given, and what a program reads there. */
export async function asItTravels(mail: Email): Promise<{ raw: string; parsed: Parsed }> {
  const composer = new MailComposer({
    from: mail.from,
    to: mail.destination.to,
    ...(mail.replyTo.length > 0 && { replyTo: mail.replyTo }),
    subject: mail.subject,
    ...(mail.body.text && { text: mail.body.text }),
    ...(mail.body.html && { html: mail.body.html }),
    headers: (mail.headers ?? []).map(({ name, value }) => ({ key: name, value })),
    date: new Date(mail.at * 1000),
    // As SMTP wants lines to end; the types leave the option out.
    ...{ newline: "\r\n" },
  });
  const raw = (await composer.compile().build()).toString("latin1");
  return { raw, parsed: await PostalMime.parse(raw) };
}

/** Every value of a header, as written but unfolded. */
export const headersOf = (raw: string, name: string): string[] => {
  const [head = ""] = raw.split("\r\n\r\n", 1);
  const lines = head.replace(/\r\n[ \t]+/g, " ").split("\r\n");
  const prefix = `${name.toLowerCase()}:`;
  return lines
    .filter((line) => line.toLowerCase().startsWith(prefix))
    .map((line) => line.slice(prefix.length).trim());
};

/** What every mail of Sapa's is as it travels, and what is in its HTML: so many images, each with words for it. */
export function expectFit({ raw, parsed }: { raw: string; parsed: Parsed }, images: number): void {
  const unfit = (line: string) => line.length > 998 || !/^[\t\x20-\x7e]*$/.test(line);
  expect(raw.split("\r\n").filter(unfit)).toEqual([]);
  // Gmail hides what comes after some 102 KB.
  expect(Buffer.byteLength(raw)).toBeLessThan(100_000);
  expect(headersOf(raw, "Content-Type")[0]).toMatch(/^multipart\/alternative/);
  // Programs show the last part that they can.
  expect(raw.indexOf("text/plain")).toBeLessThan(raw.indexOf("text/html"));
  const html = parsed.html ?? "";
  expect(html).not.toMatch(
    /<script|<link|<iframe|<object|<form|@import|@font-face|url\(|\bon\w+=|javascript:/i,
  );
  const shown = [...html.matchAll(/<img\s[^>]*>/g)].map(([tag]) => tag);
  expect(shown).toHaveLength(images);
  for (const image of shown) expect(image).toMatch(/\balt="[^"]+"/);
  for (const [, target] of html.matchAll(/\bhref="([^"]*)"/g)) expect(target).toMatch(/^https?:\/\//);
}

/** That a plain text reads well: in paragraphs, with nothing left of HTML or of a template. */
export function expectReadable(text: string): void {
  expect(text).not.toMatch(/<\/?[a-z][^>\n]*>(?<!>)|&(?:amp|lt|gt|#x?\w+|nbsp);|\{\{|undefined|\[object/);
  expect(text).not.toMatch(/\n{3,}|[ \t]\n|<>|\(\)/);
  expect(text.split("\n").filter((line) => line === "").length).toBeGreaterThan(3);
}

/** The links of an HTML part that SES would lead through its own server. */
export const trackedIn = (html: string): string[] =>
  [...html.matchAll(/<a(?![^>]*ses:no-track)[^>]*href="([^"]*)"/g)].map(([, target = ""]) => target);
