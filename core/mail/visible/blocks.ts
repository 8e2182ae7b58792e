import type { Fault } from "../faults.ts";
import type { Hidden, Token } from "../tokens.ts";
import {
  type Comment,
  type Element,
  elementsIn,
  isComment,
  isElement,
  isText,
  type Node,
  nodesIn,
  type Page,
  pathTo,
  readPage,
  textIn,
} from "./html.ts";

export type Blocks = Page & {
  /** Whether a node is in the mail of some customers only: inside of an {{#if}} or {{#each}}. */
  isConditional(node: Node): boolean;
  faults: readonly Fault[];
};

/** Elements whose content is text to browsers, whatever it looks like. */
export const holdsText = new Set(
  "style script title textarea xmp plaintext noembed noframes iframe".split(" "),
);

/**
 * Reads a page whose expressions are hidden so that each block stands in it as a comment, which changes nothing of how
 * the rest is read. All of a block has to stand in one element (or one attribute): then what a customer gets, with the
 * block or without it, is the page as read here less whole nodes, and what holds of the rest holds for everybody.
 */
export function readBlocks(html: string, hidden: Hidden): Blocks {
  const page = readPage(marked(html, hidden));
  const places = placesIn(page.root, hidden);
  const partnerOf = pairsOf(hidden.tokens);
  const faults = places.flatMap((tokens) => unpaired(tokens, partnerOf));
  const ranges = rangesIn(page.root, hidden);
  return {
    ...page,
    isConditional: (node) => [node, ...pathTo(node)].some((one) => isWithin(one, ranges)),
    faults: unique(faults),
  };
}

type Range = { start: number; end: number };

/** From where to where blocks reach in the source. */
function rangesIn(root: Element, hidden: Hidden): Range[] {
  const marks = [...nodesIn(root)].filter(isComment).flatMap((node) => {
    const [token] = markIn(node, hidden);
    const at = node.sourceCodeLocation;
    return token && at ? [{ kind: token.kind, start: at.startOffset, end: at.endOffset }] : [];
  });
  const opened: number[] = [];
  return marks
    .sort((a, b) => a.start - b.start)
    .flatMap(({ kind, start, end }) => {
      if (kind === "open") opened.push(start);
      const from = kind === "close" ? opened.pop() : undefined;
      return from === undefined ? [] : [{ start: from, end }];
    });
}

/** A text may have been put together from both sides of a block, where it stood between the rows of a table. */
function isWithin(node: Node, ranges: readonly Range[]): boolean {
  const at = node.sourceCodeLocation;
  if (!at) return false;
  const end = isText(node) ? at.endOffset : at.startOffset + 1;
  return ranges.some((range) => at.startOffset < range.end && range.start < end);
}

const isBlock = ({ kind }: Token): boolean => kind !== "print";

/** The page with a comment in place of each block's word that stands in its text. */
function marked(html: string, hidden: Hidden): string {
  const words = hidden.find(html).filter(({ token }) => isBlock(token));
  if (words.length === 0) return html;
  const taken = tagsOf(readPage(html).root);
  let text = "";
  let from = 0;
  let next = 0;
  for (const { start, end } of words) {
    while ((taken[next]?.end ?? Number.POSITIVE_INFINITY) <= start) next++;
    if (start >= (taken[next]?.start ?? Number.POSITIVE_INFINITY)) continue;
    text += `${html.slice(from, start)}<!--${html.slice(start, end)}-->`;
    from = end;
  }
  return text + html.slice(from);
}

/** Where tags, comments and the like stand in the source, in order and without overlaps. */
function tagsOf(root: Element): Range[] {
  const found: Range[] = [];
  const add = (range: { startOffset: number; endOffset: number } | null | undefined) => {
    if (range) found.push({ start: range.startOffset, end: range.endOffset });
  };
  for (const node of nodesIn(root)) {
    if (isElement(node)) {
      add(node.sourceCodeLocation?.startTag);
      add(node.sourceCodeLocation?.endTag);
    } else if (
      isComment(node) ||
      (isText(node) && node.parentNode && holdsText.has(node.parentNode.nodeName))
    ) {
      add(node.sourceCodeLocation);
    }
  }
  const apart: Range[] = [];
  for (const range of found.sort((a, b) => a.start - b.start)) {
    const last = apart.at(-1);
    if (last && range.start < last.end) last.end = Math.max(last.end, range.end);
    else apart.push({ ...range });
  }
  return apart;
}

/** The blocks' words, by where they stand: in an element's content, in an attribute, in a comment or a style. */
function placesIn(root: Element, hidden: Hidden): Token[][] {
  const blocksIn = (text: string) =>
    hidden
      .find(text)
      .map(({ token }) => token)
      .filter(isBlock);
  const places: Token[][] = [];
  const inside = new Map<Element, Token[]>();
  for (const node of nodesIn(root)) {
    if (!isComment(node)) continue;
    const written = pathTo(node).findLast((element) => !isImplied(element)) ?? root;
    inside.set(written, [...(inside.get(written) ?? []), ...markIn(node, hidden)]);
  }
  places.push(...inside.values());
  for (const element of elementsIn(root)) {
    places.push(...element.attrs.map(({ value }) => blocksIn(value)));
    for (const node of element.childNodes) {
      if (isComment(node) && markIn(node, hidden).length === 0) places.push(blocksIn(node.data));
    }
    if (holdsText.has(element.tagName)) places.push(blocksIn(textIn(element)));
  }
  return places.filter((tokens) => tokens.length > 0);
}

/** Parts of tables that browsers put around rows and cells: whether a block begins before or in one is no matter. */
const isImplied = ({ tagName, sourceCodeLocation }: Element): boolean =>
  !sourceCodeLocation?.startTag && /^(?:tbody|tr|colgroup)$/.test(tagName);

function markIn({ data }: Comment, hidden: Hidden): Token[] {
  const [found] = hidden.find(data);
  return found && found.end - found.start === data.length && isBlock(found.token) ? [found.token] : [];
}

/** For each word of a block the one that opens it. */
function pairsOf(tokens: readonly Token[]): Map<Token, Token> {
  const opened: Token[] = [];
  const pairs = new Map<Token, Token>();
  for (const token of tokens.filter(isBlock)) {
    if (token.kind === "open") opened.push(token);
    const opening = token.kind === "close" ? opened.pop() : opened.at(-1);
    if (opening) pairs.set(token, opening);
  }
  return pairs;
}

function unpaired(tokens: readonly Token[], openingOf: ReadonlyMap<Token, Token>): Fault[] {
  const open: Token[] = [];
  const apart: Token[] = [];
  for (const token of tokens) {
    const opening = openingOf.get(token);
    if (token.kind === "open") open.push(token);
    else if (open.at(-1) !== opening) apart.push(opening ?? token);
    else if (token.kind === "close") open.pop();
  }
  return [...open, ...apart].map(({ raw, line }) => ({
    line,
    message: `${raw} and its end must stand in the same element, around whole elements: what is opened in between must be closed there, and nothing else`,
  }));
}

const unique = (faults: readonly Fault[]): Fault[] => [
  ...new Map(faults.map((fault) => [JSON.stringify(fault), fault])).values(),
];
