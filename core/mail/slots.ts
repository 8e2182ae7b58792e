import { startOfEnd } from "../text.ts";
import type { CompiledLocale } from "./compiled.ts";
import { type Printer, printerOf } from "./evaluate.ts";
import { handlebars } from "./helpers.ts";
import { oneLine, type Rendered } from "./render.ts";
import { isShared } from "./syntax.ts";
import type { View } from "./view.ts";

/** Values of slots, by name: what an SES template's data is. */
export type Slots = Record<string, string>;

export type Skeleton = {
  /** An SES template: the constant text with `{{s0}}`, `{{s1}}` … where something is filled in. */
  template: Rendered;
  /** Slots that are the same for all of a run: for `DefaultContent.Template.TemplateData`. */
  fillShared(view: View): Slots;
  /** Slots that depend on the customer: for each entry's `ReplacementTemplateData`. */
  fillPersonal(view: View): Slots;
  /** Both together. */
  fill(view: View): Slots;
};

const skeletons = new WeakMap<CompiledLocale, Skeleton>();

/**
 * Splits a compiled template into what all mails share and what differs. Every top-level Handlebars node
 * becomes a slot, equal nodes of a part the same one, so that a customer costs a kilobyte on the wire and not
 * the whole mail. SES neither escapes nor renders a value again, so the result is what `render` gives.
 */
export function split(compiled: CompiledLocale): Skeleton {
  const known = skeletons.get(compiled);
  if (known) return known;
  const splitter = new Splitter();
  const template = {
    subject: splitter.part(compiled.subject, "subject"),
    text: splitter.part(compiled.text, "text"),
    html: splitter.part(compiled.html, "html"),
  };
  const skeleton = skeletonOf(template, splitter.slots);
  skeletons.set(compiled, skeleton);
  return skeleton;
}

type Slot = { name: string; print: Printer; shared: boolean };

function skeletonOf(template: Rendered, slots: readonly Slot[]): Skeleton {
  const shared = slots.filter(({ shared }) => shared);
  const personal = slots.filter(({ shared }) => !shared);
  const fillFrom = (chosen: readonly Slot[]) => (view: View) => {
    const values: Slots = {};
    for (const { name, print } of chosen) values[name] = print(view);
    return values;
  };
  return {
    template,
    fillShared: fillFrom(shared),
    fillPersonal: fillFrom(personal),
    fill: fillFrom(slots),
  };
}

class Splitter {
  readonly slots: Slot[] = [];
  private readonly byContent = new Map<string, Slot>();

  part(source: string, part: keyof Rendered): string {
    // Parsing is what trims whitespace around ~ and blocks on their own lines: the nodes are taken after it.
    const pieces: Piece[] = [];
    for (const node of handlebars.parse(source).body) {
      if (node.type === "ContentStatement") {
        const { value } = node as hbs.AST.ContentStatement;
        pieces.push(...safely(part === "subject" ? oneLine(value) : value));
      } else if (node.type !== "CommentStatement") pieces.push({ slot: this.slotOf(node, part) });
    }
    return joined(pieces, (text) => this.constant(text));
  }

  private slotOf(node: hbs.AST.Statement, part: keyof Rendered): Slot {
    // A link reads the same in either part, as no character of it is ever escaped: it travels once.
    return this.slot(`${isLink(node) ? "link" : part} ${contentOf(node)}`, () => {
      const print = printerOf(node, part === "html");
      return {
        print: part === "subject" ? (view: View) => oneLine(print(view)) : print,
        shared: isShared(node),
      };
    });
  }

  /** Constant text that SES would misread where it stands goes the way of the values, which are not read. */
  private constant(text: string): Slot {
    return this.slot(`constant ${text}`, () => ({ print: () => text, shared: true }));
  }

  private slot(content: string, make: () => Omit<Slot, "name">): Slot {
    const known = this.byContent.get(content);
    if (known) return known;
    const slot = { name: `s${this.slots.length}`, ...make() };
    this.slots.push(slot);
    this.byContent.set(content, slot);
    return slot;
  }
}

type Piece = { text: string } | { hazard: string } | { slot: Slot };

/** Cuts out of constant text whatever could be taken for the beginning of an expression, with backslashes before it. */
function safely(text: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const { 0: braces, index } of text.matchAll(/\{{2,}/g)) {
    const start = startOfEnd(text.slice(from, index), "\\") + from;
    pieces.push({ text: text.slice(from, start) }, { hazard: text.slice(start, index + braces.length) });
    from = index + braces.length;
  }
  return [...pieces, { text: text.slice(from) }].filter((piece) => !("text" in piece) || piece.text !== "");
}

/**
 * Trimming can leave a brace or a backslash right beside a slot, and `{` before `{{s0}}` would read as
 * `{{{s0}}`, a backslash as an escape, `}` after it as `{{s0}}}`.
 */
function joined(pieces: readonly Piece[], constant: (text: string) => Slot): string {
  const written = (slot: Slot) => `{{${slot.name}}}`;
  return pieces
    .map((piece, at) => {
      if ("slot" in piece) return written(piece.slot);
      if ("hazard" in piece) return written(constant(piece.hazard));
      const before = at > 0 ? (/^\}*/.exec(piece.text)?.[0] ?? "") : "";
      const rest = piece.text.slice(before.length);
      const end = at < pieces.length - 1 ? startOfEnd(rest, "{\\") : rest.length;
      const [middle, after] = [rest.slice(0, end), rest.slice(end)];
      return (before && written(constant(before))) + middle + (after && written(constant(after)));
    })
    .join("");
}

const isLink = (node: hbs.AST.Statement): boolean => {
  if (node.type !== "MustacheStatement") return false;
  const { path, params } = node as hbs.AST.MustacheStatement;
  return (
    params.length === 0 &&
    path.type === "PathExpression" &&
    (path as hbs.AST.PathExpression).parts[0] === "links"
  );
};

/** What a node does, written out without where it stands and how it trimmed its neighbours. */
const contentOf = (node: hbs.AST.Statement): string =>
  JSON.stringify(node, (key, value) => (beside.has(key) ? undefined : value));

const beside = new Set(
  "loc original strip openStrip inverseStrip closeStrip leftStripped rightStripped".split(" "),
);
