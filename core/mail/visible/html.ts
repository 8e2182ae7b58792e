import { defaultTreeAdapter as adapter, parse, type DefaultTreeAdapterTypes as Tree } from "parse5";

export type Element = Tree.Element;
export type Node = Tree.ChildNode;
export type Text = Tree.TextNode;
export type Comment = Tree.CommentNode;

export type Page = {
  root: Element;
  /** False where something before the doctype makes browsers read the page as those of the nineties did. */
  standards: boolean;
};

/** A page as a browser without scripts reads it, whatever its author forgot to close (WHATWG HTML, 13.2). */
export function readPage(html: string): Page {
  const document = parse(html, { sourceCodeLocationInfo: true, scriptingEnabled: false });
  const root = document.childNodes.find(isElement);
  if (!root) throw new Error("A page without an element");
  return { root, standards: adapter.getDocumentMode(document) === "no-quirks" };
}

export const isElement = (node: Tree.Node): node is Element => adapter.isElementNode(node);
export const isText = (node: Tree.Node): node is Text => adapter.isTextNode(node);
export const isComment = (node: Tree.Node): node is Comment => adapter.isCommentNode(node);

/** An attribute's value with its entities read; undefined for one that is not there. */
export const attributeOf = ({ attrs }: Element, name: string): string | undefined =>
  attrs.find((one) => one.name === name)?.value;

export const parentOf = (node: Node): Element | undefined =>
  node.parentNode && isElement(node.parentNode) ? node.parentNode : undefined;

/** The elements around a node, the root first. */
export function pathTo(node: Node): Element[] {
  const path: Element[] = [];
  for (let at = parentOf(node); at; at = parentOf(at)) path.push(at);
  return path.reverse();
}

/** All that is in an element, in the page's order, and the element itself first. */
export function* nodesIn(root: Element): Generator<Node> {
  const waiting: Node[] = [root];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    yield node;
    if (!isElement(node)) continue;
    for (const child of node.childNodes.toReversed()) waiting.push(child);
  }
}

/** How deep elements stand in each other. */
export function depthOf(root: Element): number {
  const depths = new Map<Element, number>();
  let deepest = 0;
  for (const element of elementsIn(root)) {
    const around = parentOf(element);
    const depth = ((around && depths.get(around)) ?? 0) + 1;
    depths.set(element, depth);
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

export function* elementsIn(root: Element): Generator<Element> {
  for (const node of nodesIn(root)) if (isElement(node)) yield node;
}

/** The text directly in an element. */
export const textIn = ({ childNodes }: Element): string =>
  childNodes
    .filter(isText)
    .map(({ value }) => value)
    .join("");
