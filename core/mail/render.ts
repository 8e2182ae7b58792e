import type { CompiledLocale } from "./compiled.ts";
import { handlebars, knownHelpers } from "./helpers.ts";
import type { View } from "./view.ts";

export type Rendered = { subject: string; html: string; text: string };

/**
 * A mail as the customer gets it, rendered whole by Handlebars itself. It is what previews show and what the
 * skeleton with its slots must equal, byte for byte, once SES has put them together.
 */
export function render(compiled: CompiledLocale, view: View): Rendered {
  let whole = wholes.get(compiled);
  if (!whole) {
    whole = {
      subject: compilePart(compiled.subject, false),
      html: compilePart(compiled.html, true),
      text: compilePart(compiled.text, false),
    };
    wholes.set(compiled, whole);
  }
  return { subject: oneLine(whole.subject(view)), html: whole.html(view), text: whole.text(view) };
}

/**
 * Text that fits a header: every control character and line separator becomes a space, since a line break in
 * a subject starts another header. Character by character, so that parts may be cleaned one at a time.
 */
export const oneLine = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]/gu, " ");

const wholes = new WeakMap<CompiledLocale, Record<keyof Rendered, (view: View) => string>>();

const compilePart = (source: string, escaped: boolean) =>
  handlebars.compile<View>(source, { knownHelpers, knownHelpersOnly: true, noEscape: !escaped });
