import type { Fault } from "./faults.ts";
import { HtmlDepth } from "./html-depth.ts";
import { excessOfStyles } from "./inline-styles.ts";
import { limits, maxFaults } from "./limits.ts";
import { type Attribute, type Mark, marks } from "./markup.ts";
import type { Hidden } from "./tokens.ts";

/** Tags whose content MJML passes on as HTML. All others only hold tags, and MJML drops text in them silently. */
const holdsHtml = new Set(
  "mj-breakpoint mj-preview mj-style mj-title mj-button mj-raw mj-text mj-table mj-social-element mj-navbar-link mj-accordion-text mj-accordion-title mj-carousel-image mj-html-attribute".split(
    " ",
  ),
);
/** Where an expression between tags is let through, as MJML does with an `mj-raw`. */
const holdsRaw = new Set(
  "mj-accordion mj-accordion-element mj-body mj-column mj-group mj-hero mj-navbar mj-section mj-social mj-wrapper".split(
    " ",
  ),
);
/** Where MJML drops text; an unknown tag it reports itself. */
const holdsTags = new Set([...holdsRaw, "", "mjml", "mj-head", "mj-attributes", "mj-carousel"]);
/** Attributes that MJML copies without reckoning with them. */
const copied = /^(href|src|srcset|alt|title|background-url|target|.*color)$/;

export type Outline = {
  text: string;
  /** Where the content of <mj-body> ends in the text. */
  bodyEnd: number;
  faults: Fault[];
};

/**
 * Checks the outline of MJML with its expressions hidden, as MJML would not: it mends unclosed tags by guessing,
 * drops text that stands between tags and leaves includes out without a word. Answers the text to compile,
 * where expressions between tags (an `{{#each}}` around sections) are wrapped so that MJML keeps them.
 */
export function outline(hidden: Hidden): Outline {
  const reader = new OutlineReader(hidden);
  for (const mark of marks(hidden.text)) {
    reader.read(mark);
    if (reader.hasEnough) break;
  }
  return reader.finish();
}

class OutlineReader {
  private readonly hidden: Hidden;
  private readonly open: { name: string; line: number }[] = [];
  private readonly faults: Fault[] = [];
  private readonly pieces: string[] = [];
  private readonly seen = new Set<string>();
  private readonly styles = { css: "", paths: [] as string[], tags: 0 };
  private html = new HtmlDepth();
  private bodyEnd = 0;
  private inner = 0;
  private mjmlTags = 0;
  private line = 1;
  private isTooMuch = false;
  private inlined = false;

  constructor(hidden: Hidden) {
    this.hidden = hidden;
  }

  read(mark: Mark): void {
    const text = this.hidden.text.slice(mark.start, mark.end);
    if (mark.kind === "text" && this.inlined && this.parent === "mj-style") this.styles.css += text;
    this.pieces.push(mark.kind === "text" ? this.wrapped(text) : this.uncommented(mark, text));
    if (mark.kind === "open") this.opened(mark);
    if (mark.kind === "close") {
      if (mark.name === "mj-body" && this.parent === "mj-body") this.bodyEnd = this.lengthBefore();
      this.closed(mark.name);
    }
    this.line += text.split("\n").length - 1;
  }

  /** Nothing that is still to come would tell an owner more. */
  get hasEnough(): boolean {
    return this.isTooMuch || this.faults.length >= maxFaults;
  }

  finish(): Outline {
    if (this.hasEnough) return { text: "", bodyEnd: 0, faults: this.faults };
    // Those around the innermost are not closed for that reason alone.
    const unclosed = this.open.at(-1);
    if (unclosed) this.fault(`<${unclosed.name}> is not closed`, unclosed.line);
    for (const name of ["mjml", "mj-body"]) {
      if (!this.seen.has(name)) this.fault(`has no <${name}>`, 1);
    }
    const tooMuch = excessOfStyles(this.styles);
    if (tooMuch) this.fault(tooMuch, 1);
    if (this.bodyEnd === 0 && this.seen.has("mj-body")) this.fault("<mj-body> is empty", 1);
    return { text: this.pieces.join(""), bodyEnd: this.bodyEnd, faults: this.faults };
  }

  private lengthBefore(): number {
    return this.pieces.slice(0, -1).reduce((sum, piece) => sum + piece.length, 0);
  }

  private get parent(): string {
    return this.open.at(-1)?.name ?? "";
  }

  private opened({ name, attributes, alone }: Extract<Mark, { kind: "open" }>): undefined {
    this.styles.tags++;
    if (this.styles.tags > limits.tags) return this.tooMuch(`has more than ${limits.tags} tags`);
    const wrong = excessOfAttributes(attributes);
    if (wrong) return this.tooMuch(`<${name.slice(0, 40)}> has ${wrong}`);
    if (name === "mj-include") this.fault("mj-include is not supported: put what it includes here");
    // Within HTML only its own end matters: "<br>" and "<p>" need not be closed there.
    if (holdsHtml.has(this.parent)) {
      if (name === this.parent && !alone) this.inner++;
      if (!alone && this.html.open(name) > limits.htmlDepth) {
        this.tooMuch(`HTML is nested more than ${limits.htmlDepth} deep`);
      }
      return;
    }
    this.mjmlTags++;
    if (this.mjmlTags > limits.mjmlTags) return this.tooMuch(`has more than ${limits.mjmlTags} tags of MJML`);
    if (this.open.length === 0 && name !== "mjml") this.fault(`must begin with <mjml>, not <${name}>`);
    for (const attribute of attributes) this.attribute(name, attribute);
    this.seen.add(name);
    if (name === "mj-selector") this.styles.paths.push(attributeOf(attributes, "path"));
    if (alone) return;
    if (this.open.length === limits.depth) {
      return this.tooMuch(`tags are nested more than ${limits.depth} deep`);
    }
    this.inlined = name === "mj-style" && attributeOf(attributes, "inline") === "inline";
    this.html = new HtmlDepth();
    this.open.push({ name, line: this.line });
  }

  private attribute(tag: string, { name, value, quoted }: Attribute): void {
    const holds = this.hidden.find(value).length > 0 || this.hidden.find(name).length > 0;
    if (holds && !(quoted && copied.test(name))) {
      this.fault(`the attribute ${this.hidden.show(name)} of <${tag}> can't hold {{…}}`);
    }
  }

  private closed(name: string): void {
    if (holdsHtml.has(this.parent)) {
      if (name !== this.parent || this.inner > 0) this.html.close(name);
      if (name !== this.parent) return;
      if (this.inner > 0) {
        this.inner--;
        return;
      }
    }
    if (name === this.parent) {
      this.open.pop();
      return;
    }
    const opened = this.open.findLastIndex((tag) => tag.name === name);
    if (opened === -1) {
      this.fault(`</${name}> closes nothing`);
      return;
    }
    for (const tag of this.open.splice(opened).slice(1)) {
      this.fault(`<${tag.name}> is not closed`, tag.line);
    }
  }

  /** Expressions between tags, in an `mj-raw`; other text there would be lost, which the owner must know. */
  private wrapped(text: string): string {
    if (holdsHtml.has(this.parent) || !text.trim()) return text;
    const tokens = this.hidden.find(text);
    const [first] = tokens;
    let written = "";
    let rest = "";
    let from = 0;
    for (const { token, start, end } of tokens) {
      const between = text.slice(from, start);
      rest += between;
      written += `${between}<mj-raw>${token.name}</mj-raw>`;
      from = end;
    }
    rest = (rest + text.slice(from)).trim();
    if (rest && holdsTags.has(this.parent)) {
      const above = text.slice(0, text.search(/\S/)).split("\n").length - 1;
      this.fault(`text must stand in a tag such as <mj-text>: "${rest.slice(0, 40)}"`, this.line + above);
    } else if (first && !holdsRaw.has(this.parent)) {
      this.fault(`${first.token.raw} can't stand in <${this.parent || "nothing"}>`);
    }
    return written + text.slice(from);
  }

  /** Comments between tags are the owner's notes: they stay out of the mail, their lines count on. */
  private uncommented(mark: Mark, text: string): string {
    return mark.kind === "comment" && !holdsHtml.has(this.parent) ? text.replace(/[^\n]/g, "") : text;
  }

  private fault(message: string, line = this.line): void {
    if (this.faults.length < maxFaults) this.faults.push({ line: this.hidden.lineOf(line), message });
  }

  /** A fault behind which nothing is read, lest reading it take long. */
  private tooMuch(message: string): undefined {
    this.fault(message);
    this.isTooMuch = true;
  }
}

const attributeOf = (attributes: readonly Attribute[], wanted: string): string =>
  attributes.find(({ name }) => name === wanted)?.value ?? "";

function excessOfAttributes(attributes: readonly Attribute[]): string | undefined {
  if (attributes.length > limits.attributes) {
    return `${attributes.length} attributes; at most ${limits.attributes} go`;
  }
  const long = attributes.find(({ name, value }) => name.length + value.length > limits.attribute);
  return long && `more than ${limits.attribute} characters in the attribute ${long.name.slice(0, 40)}`;
}
