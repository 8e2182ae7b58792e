import { createHash } from "node:crypto";
import {
  AlreadyExistsException,
  BadRequestException,
  CreateEmailTemplateCommand,
  TestRenderEmailTemplateCommand,
} from "@aws-sdk/client-sesv2";
import PostalMime from "postal-mime";
import type { Business, Locale } from "../businesses.ts";
import { SapaError } from "../errors.ts";
import { type CompiledTemplate, noTrack } from "../mail/compiled.ts";
import { type Rendered, render } from "../mail/render.ts";
import { type Skeleton, split } from "../mail/slots.ts";
import { type ShownItem, type View, viewOf } from "../mail/view.ts";
import { sesControl } from "../ses.ts";
import { withoutEnd } from "../text.ts";
import type { Day } from "../time.ts";

export type Preflight = {
  business: Business;
  compiled: CompiledTemplate;
  offer: string | undefined;
  items: readonly ShownItem[];
  day: Day;
};

/**
 * Puts the template's skeletons into SES, one for each language, and has SES render each for a sample customer:
 * unless that equals our own rendering to the letter, nobody may be mailed. Answers the SES templates' names.
 * A template is named by its content, so that repeating this is harmless and equal skeletons are kept once.
 */
export async function preflight(check: Preflight): Promise<Partial<Record<Locale, string>>> {
  const names: Partial<Record<Locale, string>> = {};
  for (const [locale, parts] of Object.entries(check.compiled) as [Locale, CompiledTemplate[Locale]][]) {
    if (!parts) continue;
    const skeleton = split(parts);
    const view = sampleView(check, locale);
    const name = nameOf(skeleton);
    await createAtSes(name, skeleton);
    const theirs = await renderAtSes(name, { ...skeleton.fillShared(view), ...skeleton.fillPersonal(view) });
    compare(locale, theirs, render(parts, view));
    names[locale] = name;
  }
  return names;
}

/** Hard on the eye and on escaping: what a real customer's name, or an item's, might hold. */
const sampleView = ({ business, offer, items, day }: Preflight, locale: Locale): View =>
  viewOf({
    business,
    customer: { name: `Ani "O'Neil" & <Budi> {{s1}} $& é`, attributes: {} },
    locale,
    offer,
    items: items.slice(0, 3),
    links: {
      unsubscribe: "https://example.com/u/sample",
      preferences: "https://example.com/p/sample",
      rating: "https://example.com/r/sample",
    },
    day,
  });

function nameOf({ template }: Skeleton): string {
  const hash = createHash("sha256").update(JSON.stringify([template.subject, template.html, template.text]));
  return `sapa-${hash.digest("hex").slice(0, 32)}`;
}

/** Stores a skeleton at SES; one that is there already is the same, since its name tells its content. */
export async function createAtSes(name: string, { template }: Skeleton): Promise<void> {
  try {
    await sesControl.send(
      new CreateEmailTemplateCommand({
        TemplateName: name,
        TemplateContent: { Subject: template.subject, Html: template.html, Text: template.text },
      }),
    );
  } catch (error) {
    if (error instanceof AlreadyExistsException) return;
    if (!(error instanceof BadRequestException)) throw error;
    throw new SapaError("conflict", `SES does not take the template: ${error.message}`);
  }
}

/** A mail of ours has two parts side by side, and headers of a few hundred bytes. */
const mimeLimits = { maxNestingDepth: 5, maxHeadersSize: 65_536 };

/** What SES makes of a stored template, as a mail program reads it. */
export async function renderAtSes(name: string, data: Record<string, string>): Promise<Rendered> {
  const { RenderedTemplate = "" } = await sesControl.send(
    new TestRenderEmailTemplateCommand({ TemplateName: name, TemplateData: JSON.stringify(data) }),
  );
  const { subject = "", html = "", text = "" } = await PostalMime.parse(RenderedTemplate, mimeLimits);
  return { subject, html, text };
}

/**
 * MIME ends each line with CR LF, a part may end with one more, and a header's ends don't count (RFC 5322). SES
 * takes `ses:no-track` out of links; whether already when it only renders, its documents don't say.
 */
const plain = (part: keyof Rendered, text: string) =>
  part === "subject"
    ? text.trim()
    : withoutEnd(text.replace(/\r\n/g, "\n"), "\n").replaceAll(` ${noTrack}`, "");

/** @throws SapaError `conflict` that says where SES's rendering first differs from ours. */
export function compare(locale: Locale, theirs: Rendered, ours: Rendered): void {
  for (const part of ["subject", "html", "text"] as const) {
    const [a, b] = [plain(part, theirs[part]), plain(part, ours[part])];
    if (a === b) continue;
    let at = 0;
    while (a[at] === b[at]) at += 1;
    throw new SapaError("conflict", `SES renders the ${part} (${locale}) differently from Sapa`, [
      {
        field: `template.${part}`,
        message: `at character ${at}: SES has ${JSON.stringify(a.slice(at, at + 40))}, Sapa ${JSON.stringify(b.slice(at, at + 40))}`,
      },
    ]);
  }
}
