import MailComposer from "nodemailer/lib/mail-composer/index.js";
import PostalMime, { type Email as Parsed } from "postal-mime";
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
