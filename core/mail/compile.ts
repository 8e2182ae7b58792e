import { isDeepStrictEqual } from "node:util";
import { type Locale, Locale as Locales } from "../businesses.ts";
import { type Problem, SapaError } from "../errors.ts";
import { withoutEnd } from "../text.ts";
import { visible } from "../visible-text.ts";
import type { CompiledLocale, CompiledTemplate, TemplateSource, Translation } from "./compiled.ts";
import type { Fault } from "./faults.ts";
import { footer, missing, plainFooter, required } from "./footer.ts";
import { maxFaults } from "./limits.ts";
import { marks } from "./markup.ts";
import { outline } from "./outline.ts";
import { checkPlaces } from "./places.ts";
import { plainTextOf, tidyBlocks } from "./plain.ts";
import { oneLine } from "./render.ts";
import { type Reading, read } from "./syntax.ts";
import { type Hidden, hideWith, lineWith, linkFaults, type Token } from "./tokens.ts";
import type { Seen } from "./visible/seen.ts";

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

/** A template's MJML as it was compiled, and what of it readers see. */
type Made = { html: string; text: string; hidden: Hidden; looked: Seen; reading: Reading };

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
    const subject = visible(source).trim();
    if (oneLine(subject) !== subject) this.problem("subject", "must be one line");
    if (!subject) this.problem("subject", "must not be empty");
    if (subject.length > longestSubject) {
      this.problem("subject", `must be at most ${longestSubject} characters`);
    }
    const reading = this.read("subject", subject);
    for (const path of reading?.uses.filter((path) => path.startsWith("links.")) ?? []) {
      this.problem("subject", `can't hold {{${path}}}: no program makes a link of a subject`);
    }
    return reading && { subject, reading };
  }

  private text(source: string): string | undefined {
    const reading = this.read("text", source);
    if (!reading || this.faults("text", linkFaults(source))) return undefined;
    return source.trimEnd() + plainFooter(missing(reading.always), this.locale);
  }

  private async html(source: string): Promise<Made | undefined> {
    const reading = this.read("mjml", source);
    if (!reading) return undefined;
    const added = missing(reading.always);
    const first = await this.made(source, added);
    const lacking = first && missing([...first.looked.seen, ...added]);
    // What is there, and can't be seen for certain, is said once more where it can.
    const made = lacking?.length ? await this.made(source, missing(without(reading.always, lacking))) : first;
    if (!made) return undefined;
    for (const path of missing(made.looked.seen)) this.unseen(path, made);
    if (this.isTooLarge(made.html)) return undefined;
    const result = this.read("mjml", made.html);
    return result && { ...made, reading: result };
  }

  /** The template with a footer of the given parts; undefined when there are problems. */
  private async made(source: string, parts: readonly string[]): Promise<Omit<Made, "reading"> | undefined> {
    const hidden = hideWith(source, footer(parts, this.locale));
    const shape = outline(hidden);
    if (this.faults("mjml", shape.faults)) return undefined;
    const text = shape.text.slice(0, shape.bodyEnd) + hidden.added + shape.text.slice(shape.bodyEnd);
    const raw = await this.mjml(text, hidden);
    if (raw === undefined || this.faults("mjml", lost(raw, hidden))) return undefined;
    const tidy = squeezed(raw);
    if (this.isTooLarge(hidden.show(tidy))) return undefined;
    const placed = checkPlaces(tidy, hidden);
    const { checkContent, lookFor, readingsOf } = await readers();
    const readings = readingsOf(placed.html, hidden);
    if ("message" in readings) {
      this.problem("mjml", readings.message, lineWith(readings.near, hidden));
      return undefined;
    }
    if (this.faults("mjml", [...placed.faults, ...checkContent(placed.html, readings, hidden)]))
      return undefined;
    const plain = tidyBlocks(hidden.show(plainTextOf(placed.html)));
    const always = read(plain, this.options).always;
    return {
      hidden,
      html: hidden.show(placed.html),
      text: plain.trimEnd() + (plainFooter(missing(always), this.locale) || "\n"),
      looked: lookFor(required, readings, hidden),
    };
  }

  private unseen(path: string, { looked, hidden }: Omit<Made, "reading">): void {
    const reason = looked.against.get(path) ?? "it is left out";
    const [near = ""] = reason.split(/ (?:of|beside|around|in) </, 1);
    const message = `{{${path}}}, which every mail must show, can't be seen by every reader: ${reason}`;
    this.problem("mjml", message, lineWith(near.replace(/: /, ":"), hidden));
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
    const problem = {
      field: `translations.${this.locale}.${field}`,
      message,
      ...(line !== undefined && { line }),
    };
    if (!this.problems.some((one) => isDeepStrictEqual(one, problem))) this.problems.push(problem);
  }
}

/** Loaded with MJML, and for the same reason: parsers of HTML and CSS. */
async function readers() {
  const [{ checkContent }, { readingsOf }, { lookFor }] = await Promise.all([
    import("./active-content.ts"),
    import("./visible/readings.ts"),
    import("./visible/seen.ts"),
  ]);
  return { checkContent, lookFor, readingsOf };
}

/** Expressions that went in and did not come out: MJML knows no place for them. */
function lost(html: string, hidden: Hidden & { added: string }): Fault[] {
  const found = new Set(hidden.find(html).map(({ token }) => token));
  const isLost = ({ token }: { token: Token }) => !found.has(token);
  const own = hidden
    .find(hidden.text)
    .filter(isLost)
    .map(({ token: { raw, line } }) => ({
      line,
      message: `${raw} can't stand here: MJML leaves it out of the mail`,
    }));
  const [added] = hidden.find(hidden.added).filter(isLost);
  if (!added || own.length > 0) return own;
  const message = `${added.token.raw}, which every mail must show, is lost at its end: something before it is not closed, or replaces it`;
  return [{ line: 1, message }];
}

const without = (all: readonly string[], some: readonly string[]): string[] =>
  all.filter((one) => !some.includes(one));

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
