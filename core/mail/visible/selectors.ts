import type { Selector } from "css-what";
import { attributeOf, type Element } from "./html.ts";

/** Whether a selector is about an element: for certain, perhaps (it depends on more than is known), or not at all. */
export type Match = "yes" | "maybe" | "no";

/** What of an element a selector is about: itself, its text (the first line), what is put beside that, or neither. */
export type Part = "element" | "text" | "beside" | "elsewhere";

const parts: Record<string, Part> = {
  "first-line": "text",
  "first-letter": "text",
  before: "beside",
  after: "beside",
  selection: "elsewhere",
  marker: "elsewhere",
  placeholder: "elsewhere",
  backdrop: "elsewhere",
};

export function partOf(selector: readonly Selector[]): Part {
  for (const token of selector) {
    if (token.type === "pseudo-element") return parts[token.name] ?? "text";
    const part = token.type === "pseudo" ? parts[token.name] : undefined;
    if (part) return part;
  }
  return "element";
}

/** Whether a rule holds only while the reader points at the element, or has just pressed it. */
export const isPointedAt = (selector: readonly Selector[]): boolean =>
  (compoundsOf(selector).at(-1)?.tokens ?? []).some(
    (token) =>
      token.type === "pseudo" && /^(?:hover|active|focus|focus-visible|focus-within)$/.test(token.name),
  );

/** Known so well that a browser surely takes the rule that holds it. */
const known =
  /^(?:root|link|visited|hover|active|focus|first-child|last-child|only-child|empty|before|after|first-line|first-letter)$/;

/** One selector that a browser does not know takes its whole list away: then nothing is certain. */
export const isKnown = (selectors: readonly (readonly Selector[])[]): boolean =>
  selectors.every((selector) =>
    selector.every((token) => {
      if (token.type === "pseudo" || token.type === "pseudo-element")
        return known.test(token.name) && !token.data;
      if (token.type === "attribute")
        return isName(token.name) && token.action !== "not" && isName(token.value);
      if (token.type === "tag") return isName(token.name);
      return token.type !== "parent" && token.type !== "column-combinator";
    }),
  );

const isName = (text: string): boolean => /^-?[a-z_][\w-]*$/i.test(text);

type Combinator = "descendant" | "child" | "beside";
type Compound = { tokens: Selector[]; after: Combinator };

function compoundsOf(selector: readonly Selector[]): Compound[] {
  const compounds: Compound[] = [{ tokens: [], after: "descendant" }];
  for (const token of selector) {
    if (token.type === "descendant" || token.type === "child") {
      compounds.push({ tokens: [], after: token.type });
    } else if (isCombinator(token)) compounds.push({ tokens: [], after: "beside" });
    else compounds.at(-1)?.tokens.push(token);
  }
  return compounds;
}

const isCombinator = ({ type }: Selector): boolean =>
  type === "adjacent" || type === "sibling" || type === "parent" || type === "column-combinator";

/** Whether a selector is about the last element of a path, which begins with the root. */
export function matches(path: readonly Element[], selector: readonly Selector[]): Match {
  let before: Match[] | undefined;
  for (const { tokens, after } of compoundsOf(selector)) {
    const earlier = before;
    before = path.map((element, at) => {
      const here = worst(tokens.map((token) => matchesOne(element, token)));
      if (!earlier || here === "no") return here;
      // Neighbours may be there for some customers only.
      if (after === "beside") return "maybe";
      if (after === "child") return worst([here, earlier[at - 1] ?? "no"]);
      return worst([here, best(earlier.slice(0, at))]);
    });
  }
  return before?.at(-1) ?? "no";
}

function matchesOne(element: Element, token: Selector): Match {
  switch (token.type) {
    case "universal":
      return "yes";
    case "tag":
      return token.name.toLowerCase() === element.tagName ? "yes" : "no";
    case "attribute":
      return matchesAttribute(element, token);
    case "pseudo":
      return token.name === "root" ? (element.tagName === "html" ? "yes" : "no") : "maybe";
    default:
      return "maybe";
  }
}

function matchesAttribute(element: Element, token: Extract<Selector, { type: "attribute" }>): Match {
  const isClass = token.name === "class" && token.action === "element";
  if (!isClass && !(token.name === "id" && token.action === "equals")) return "maybe";
  const value = attributeOf(element, token.name) ?? "";
  const names = isClass ? value.split(/\s+/) : [value];
  if (names.includes(token.value)) return "yes";
  return names.some((name) => name.toLowerCase() === token.value.toLowerCase()) ? "maybe" : "no";
}

function worst(found: readonly Match[]): Match {
  if (found.includes("no")) return "no";
  return found.includes("maybe") ? "maybe" : "yes";
}

function best(found: readonly Match[]): Match {
  if (found.includes("yes")) return "yes";
  return found.includes("maybe") ? "maybe" : "no";
}
