import type { Business, Locale } from "../businesses.ts";
import type { Deadline } from "../deadline.ts";
import { SapaError } from "../errors.ts";
import { withLease } from "../lease.ts";
import { type CompiledLocale, type CompiledTemplate, noTrack } from "../mail/compiled.ts";
import { type Rendered, render } from "../mail/render.ts";
import { type Skeleton, split } from "../mail/slots.ts";
import { type View, viewOf } from "../mail/view.ts";
import * as mailTemplates from "../mail-templates.ts";
import { withoutEnd } from "../text.ts";
import { type Instant, instant } from "../time.ts";

/** The name of the SES template of each language. */
export type Names = Partial<Record<Locale, string>>;

type Part = { locale: Locale; parts: CompiledLocale; skeleton: Skeleton; name: string };

const partsOf = (compiled: CompiledTemplate): Part[] =>
  (Object.entries(compiled) as [Locale, CompiledLocale | undefined][]).flatMap(([locale, parts]) => {
    if (!parts) return [];
    const skeleton = split(parts);
    return [{ locale, parts, skeleton, name: mailTemplates.nameOf(skeleton) }];
  });

/**
 * Makes sure that SES keeps a template and renders it as Sapa does: unless that equals our own rendering to the letter,
 * nobody may be mailed. Once checked it is remembered by its content, and nothing is asked of SES again. Returns the
 * names of the SES templates.
 *
 * @throws SapaError `conflict` when SES renders it otherwise; `too-many-requests` when SES's control plane, which takes
 * one call a second, is busy for longer than there is time.
 */
export async function preflight(
  business: Business,
  compiled: CompiledTemplate,
  deadline: Deadline,
): Promise<Names> {
  const names: Names = {};
  for (const part of partsOf(compiled)) {
    await check(business, part, deadline);
    names[part.locale] = part.name;
  }
  return names;
}

async function check(business: Business, part: Part, deadline: Deadline): Promise<void> {
  const now = (): Instant => instant(deadline.now());
  for (;;) {
    if (await mailTemplates.use(part.name, now())) return;
    const isMine = await withLease(
      `template#${part.name}`,
      { milliseconds: 60_000, now: deadline.now },
      async () => {
        if (await mailTemplates.use(part.name, now())) return;
        await checkAtSes(business, part, deadline);
        await mailTemplates.remember(part.name, now());
      },
    );
    if (isMine) return;
    // Another function checks the same template.
    if (deadline.remaining() < 10_000) {
      throw new SapaError("too-many-requests", "The template is being checked; try again in a minute");
    }
    await deadline.sleep(1000);
  }
}

async function checkAtSes(
  business: Business,
  { locale, parts, skeleton, name }: Part,
  deadline: Deadline,
): Promise<void> {
  const view = sampleView(business, locale);
  await mailTemplates.controlPlaneTurn(deadline);
  await mailTemplates.create(name, skeleton);
  await mailTemplates.controlPlaneTurn(deadline);
  const theirs = await mailTemplates.testRender(name, {
    ...skeleton.fillShared(view),
    ...skeleton.fillPersonal(view),
  });
  compare(locale, theirs, render(parts, view));
}

/** Hard on the eye and on escaping: what a real customer's name, or an item's, might hold. */
function sampleView(business: Business, locale: Locale): View {
  const { currency } = business;
  return viewOf({
    business,
    customer: { name: `Ani "O'Neil" & <Budi> {{s1}} $& é`, attributes: {} },
    locale,
    offer: `10 % "only" today & <more> {{s0}}`,
    items: [
      { name: "Es kopi <susu> & {{s2}}", category: "kopi", price: { amount: 25_000, currency } },
      { name: "Roti \\ bakar", category: "roti", price: { amount: 18_000, currency } },
    ],
    links: {
      unsubscribe: "https://example.com/u/sample",
      preferences: "https://example.com/p/sample",
      rating: "https://example.com/r/sample",
    },
    day: "2026-11-24",
  });
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
