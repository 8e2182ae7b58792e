import { parse as parseSelector, type Selector } from "css-what";
import {
  type AtRule,
  type ChildNode,
  type Container,
  type Declaration as CssDeclaration,
  parse,
} from "postcss";
import { blanks, startOfLast } from "../../text.ts";
import { both, everywhere, type Media, readMedia } from "./media.ts";

export type Declaration = {
  property: string;
  value: string;
  important: boolean;
  /** False for one that only some browsers read, such as `*zoom`. */
  certain: boolean;
};
export type Rule = {
  /** None where they can't be read: the rule might then be about anything. */
  selectors: readonly (readonly Selector[])[] | undefined;
  declarations: readonly Declaration[];
  media: Media;
};
export type Sheet = { rules: Rule[]; hasFonts: boolean; faults: SheetFault[] };
/** What is wrong, and a text near it by which its line can be found. */
export type SheetFault = { near: string; message: string };

/** Deeper than styles are ever nested, and longer than their selectors are. */
const maxDepth = 8;
const maxSelector = 40;

/**
 * Reads the styles of a mail. What a browser might read otherwise than it is read here is a fault (escapes, rules in
 * rules, new kinds of rules), so that what is concluded from a sheet is true where the mail is read.
 */
export function readSheet(css: string, media: string | undefined): Sheet {
  const sheet: Sheet = { rules: [], hasFonts: false, faults: [] };
  if (unreadable(css)) {
    const at = css.search(/[\\<]/);
    const near = css.slice(startOfLast(css.slice(0, at), `${blanks}{};`), at + 1);
    sheet.faults.push({
      near,
      message: "a style can't hold a backslash or <, which programs read in different ways",
    });
    return sheet;
  }
  const around = media === undefined ? everywhere : readMedia(media);
  try {
    const root = parse(css);
    collect(root, { sheet, media: around ?? { certain: false }, depth: 0 });
  } catch (error) {
    const reason = error instanceof Error && "reason" in error ? `: ${String(error.reason)}` : "";
    sheet.faults.push({ near: "mj-style", message: `a style is not CSS that can be read${reason}` });
  }
  return sheet;
}

/** The declarations of a `style` attribute; undefined where they can't be read for certain. */
export function readStyle(css: string): Declaration[] | undefined {
  if (unreadable(css) || /[{}@]/.test(css)) return undefined;
  try {
    const { nodes } = parse(css);
    const declarations = nodes.filter((node) => node.type === "decl");
    const others = nodes.some((node) => node.type !== "decl" && node.type !== "comment");
    return others ? undefined : declarations.map(declarationOf);
  } catch {
    return undefined;
  }
}

/** In quotes a backslash stands for a character of a text, and for nothing else. */
const unreadable = (css: string): boolean =>
  /[\\<]/.test(
    css.replace(
      /"(?:[^"\\\n]|\\[^\n])*("?)|'(?:[^'\\\n]|\\[^\n])*('?)/g,
      (quoted, double?: string, single?: string) => (double || single ? "" : quoted),
    ),
  );

type Place = { sheet: Sheet; media: Media; depth: number };

function collect(container: Container<ChildNode>, place: Place): void {
  if (place.depth > maxDepth) {
    place.sheet.faults.push({ near: "mj-style", message: "a style is nested too deeply" });
    return;
  }
  for (const node of container.nodes ?? []) {
    if (node.type === "atrule") collectAt(node, place);
    else if (node.type === "rule") {
      const declarations = node.nodes.filter((one) => one.type === "decl").map(declarationOf);
      const inside = node.nodes.find((one) => one.type === "rule" || one.type === "atrule");
      if (inside) {
        const message = `a style can't hold a rule in a rule: "${node.selector.slice(0, 60)}"`;
        place.sheet.faults.push({ near: node.selector, message });
      }
      place.sheet.rules.push({ selectors: selectorsOf(node.selector), declarations, media: place.media });
    } else if (node.type === "decl") {
      place.sheet.faults.push({ near: node.prop, message: `"${node.prop}" stands outside of any rule` });
    }
  }
}

/** Rules for paper, fonts and movements are no rules about the elements themselves. */
const apart = new Set(["font-face", "keyframes", "page", "viewport", "charset"]);

function collectAt(node: AtRule, { sheet, media, depth }: Place): void {
  const name = node.name.toLowerCase().replace(/^-[a-z]+-/, "");
  if (name === "font-face") sheet.hasFonts = true;
  if (name === "import") {
    sheet.faults.push({
      near: "@import",
      message: "@import loads styles from elsewhere, which can change after the mail was sent",
    });
  } else if (name === "media") {
    const inside = readMedia(node.params);
    const met = inside && both(media, inside);
    if (met) collect(node, { sheet, media: met, depth: depth + 1 });
  } else if (name === "supports") {
    collect(node, { sheet, media: { ...media, certain: false }, depth: depth + 1 });
  } else if (!apart.has(name)) {
    sheet.faults.push({ near: `@${node.name}`, message: `@${node.name} is not supported in mails` });
  }
}

function declarationOf(node: CssDeclaration): Declaration {
  const property = node.prop.toLowerCase();
  const hacked = !node.toString().trim().toLowerCase().startsWith(property);
  return {
    property,
    value: node.value.trim().toLowerCase(),
    important: node.important === true,
    certain: !hacked && /^-{0,2}[a-z][a-z0-9-]*$/.test(property),
  };
}

function selectorsOf(text: string): Rule["selectors"] {
  try {
    const selectors = parseSelector(text);
    return selectors.some((selector) => selector.length > maxSelector) ? undefined : selectors;
  } catch {
    return undefined;
  }
}
