import { type Locale, Locale as Locales } from "../businesses.ts";
import { type Problem, SapaError } from "../errors.ts";
import { withoutEnd } from "../text.ts";
import type { CompiledLocale, CompiledTemplate, TemplateSource, Translation } from "./compiled.ts";
import type { Fault } from "./faults.ts";
import { footer, missing, plainFooter } from "./footer.ts";
import { maxFaults } from "./limits.ts";
import { marks } from "./markup.ts";
import { outline } from "./outline.ts";
import { checkPlaces } from "./places.ts";
import { plainTextOf, tidyBlocks } from "./plain.ts";
import { oneLine } from "./render.ts";
import { type Reading, read } from "./syntax.ts";
import { type Hidden, hide } from "./tokens.ts";

/** Gmail hides what comes after some 102 KB; the names, items and links that are filled in need room too. */
const longestHtml = 88_000;
const longestSubject = 200;

export type CompileOptions = {
  /** Names of the business's custom attributes; left out, any name may be used. */
  attributes?: readonly string[];
};

/**
 * Compiles a template once, when it is saved: MJML to HTML, plain text from it, everything checked. The only
 * module that loads MJML, so import it only where templates are saved.
 *
 * @throws SapaError `unprocessable`, a problem for each thing wrong: `translations.id.mjml`, message, line.
 */
export async function compile(
  source: TemplateSource,
  options: CompileOptions = {},
): Promise<CompiledTemplate> {
  const compiled: CompiledTemplate = {};
  const problems: Problem[] = [];
  for (const locale of Locales.options) {
    const translation = source.translations[locale];
    if (!translation) continue;
    const compiler = new Compiler(locale, options);
    const result = await compiler.compile(translation);
    if (result) compiled[locale] = result;
    problems.push(...compiler.problems);
  }
  if (problems.length > 0) {
    throw new SapaError("unprocessable", "The template can't be used as it is", problems.slice(0, maxFaults));
  }
  if (Object.keys(compiled).length === 0) {
    throw new SapaError("unprocessable", "The template has no text", [
      { field: "translations", message: "must hold at least one language, id or en" },
    ]);
  }
  return compiled;
}

type Field = keyof Translation;

class Compiler {
  readonly problems: Problem[] = [];
  private readonly locale: Locale;
  private readonly options: CompileOptions;

  constructor(locale: Locale, options: CompileOptions) {
    this.locale = locale;
    this.options = options;
  }

  /** Undefined when there are problems. */
  async compile({ subject, mjml, text }: Translation): Promise<CompiledLocale | undefined> {
    const title = this.subject(subject);
    const html = await this.html(mjml);
    const plain = text === undefined ? html?.text : this.text(text);
    if (!title || !html || plain === undefined || this.problems.length > 0) return undefined;
    const readings = [title.reading, html.reading, read(plain, this.options)];
    this.faults("mjml", readings.at(-1)?.faults ?? []);
    if (this.problems.length > 0) return undefined;
    const uses = [...new Set(readings.flatMap((reading) => reading.uses))].sort();
    return { subject: title.subject, html: html.html, text: plain, uses };
  }

  private subject(source: string): { subject: string; reading: Reading } | undefined {
    const subject = source.trim();
    if (oneLine(subject) !== subject) this.problem("subject", "must be one line");
    if (!subject) this.problem("subject", "must not be empty");
    if (subject.length > longestSubject) {
      this.problem("subject", `must be at most ${longestSubject} characters`);
    }
    const reading = this.read("subject", subject);
    return reading && { subject, reading };
  }

  private text(source: string): string | undefined {
    const reading = this.read("text", source);
    return reading && source.trimEnd() + plainFooter(missing(reading.always), this.locale);
  }

  private async html(source: string): Promise<{ html: string; text: string; reading: Reading } | undefined> {
    const reading = this.read("mjml", source);
    if (!reading) return undefined;
    const hidden = hide(withFooter(source, footer(missing(reading.always), this.locale)));
    const shape = outline(hidden);
    if (this.faults("mjml", shape.faults)) return undefined;
    const raw = await this.mjml(shape.text, hidden);
    if (raw === undefined || this.faults("mjml", lost(raw, shape.text, hidden))) return undefined;
    const tidy = squeezed(raw);
    if (this.isTooLarge(hidden.show(tidy))) return undefined;
    const placed = checkPlaces(tidy, hidden);
    if (this.faults("mjml", placed.faults)) return undefined;
    const html = hidden.show(placed.html);
    if (this.isTooLarge(html)) return undefined;
    const result = this.read("mjml", html);
    return result && { html, text: tidyBlocks(hidden.show(plainTextOf(placed.html))), reading: result };
  }

  private isTooLarge(html: string): boolean {
    const bytes = Buffer.byteLength(html);
    if (bytes <= longestHtml) return false;
    this.problem("mjml", `compiles to ${bytes} bytes; Gmail clips mails, so at most ${longestHtml} go`);
    return true;
  }

  private async mjml(source: string, hidden: Hidden): Promise<string | undefined> {
    // Loaded when the first template is saved: MJML is most of owner-api's code, and few requests need it.
    const { default: mjml2html } = await import("mjml");
    try {
      const { html, errors } = await mjml2html(inLanguage(source, this.locale), {
        fonts: {}, // Otherwise Google's are fetched by every reader.
        keepComments: true,
        ignoreIncludes: true,
        validationLevel: "soft",
      });
      // A hidden colour is no colour to MJML; where expressions may stand was checked before.
      const faults = errors
        .filter(({ message }) => !(/has invalid value/.test(message) && hidden.find(message).length > 0))
        .slice(0, maxFaults)
        .map(({ line, message, tagName }) => ({
          line: hidden.lineOf(line),
          message: `<${tagName}>: ${hidden.show(message).trim()}`,
        }));
      return this.faults("mjml", faults) ? undefined : html;
    } catch (error) {
      // MJML throws for what it can't make sense of, and recursion ends in a RangeError.
      const message = error instanceof Error ? error.message.split("\n", 1)[0] : "";
      this.problem("mjml", `is not MJML that can be compiled: ${hidden.show(message ?? "").slice(0, 200)}`);
      return undefined;
    }
  }

  private read(field: Field, source: string): Reading | undefined {
    const reading = read(source, this.options);
    return this.faults(field, reading.faults) ? undefined : reading;
  }

  private faults(field: Field, faults: readonly Fault[]): boolean {
    for (const { line, message } of faults) this.problem(field, message, line);
    return faults.length > 0;
  }

  private problem(field: Field, message: string, line?: number): void {
    const problem = { field: `translations.${this.locale}.${field}`, message };
    this.problems.push(line === undefined ? problem : { ...problem, line });
  }
}

/** Expressions that went in and did not come out: MJML knows no place for them. */
function lost(html: string, source: string, hidden: Hidden): Fault[] {
  const found = new Set(hidden.find(html).map(({ token }) => token));
  return hidden
    .find(source)
    .filter(({ token }) => !found.has(token))
    .map(({ token: { raw, line } }) => ({
      line,
      message: `${raw} can't stand here: MJML leaves it out of the mail`,
    }));
}

function withFooter(source: string, footer: string): string {
  const end = source.lastIndexOf("</mj-body");
  return end === -1 ? source : source.slice(0, end) + footer + source.slice(end);
}

/** A mail says which language it is in, for those who have it read out to them. */
function inLanguage(source: string, locale: Locale): string {
  for (const mark of marks(source)) {
    if (mark.kind !== "open" || mark.name !== "mjml") continue;
    if (mark.attributes.some(({ name }) => name === "lang")) return source;
    const end = mark.start + "<mjml".length;
    return `${source.slice(0, end)} lang="${locale}"${source.slice(end)}`;
  }
  return source;
}

/** A third of MJML's output is indentation. Line breaks stay: they keep words and lines apart. */
const squeezed = (html: string): string =>
  /<(pre|textarea)\b/i.test(html)
    ? html
    : html
        .split("\n")
        .map((line, at) => withoutEnd(at === 0 ? line : line.trimStart(), " \t"))
        .filter((line, at) => at === 0 || line !== "")
        .join("\n")
        .trim();
