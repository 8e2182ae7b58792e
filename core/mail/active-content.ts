import { startOfLast } from "../text.ts";
import type { Fault } from "./faults.ts";
import { addressAttributes, refusedTags } from "./refused.ts";
import { type Hidden, lineWith, printedPath, prints, type Token } from "./tokens.ts";
import { holdsText } from "./visible/blocks.ts";
import { attributeOf, type Element, isElement, isText, nodesIn, textIn } from "./visible/html.ts";
import type { Reading } from "./visible/readings.ts";
import { type Declaration, readStyle } from "./visible/sheet.ts";

/** To Outlook no element at all; MJML puts it into a comment for Outlook. */
const refusedInBrowsers = new Set(["noscript"]);

/**
 * What can't be in a mail: as browsers and Outlook read its HTML, whose expressions are hidden. Programs drop it, or
 * warn of the mail; and where one does not, it turns against the reader.
 */
export function checkContent(html: string, readings: readonly Reading[], hidden: Hidden): Fault[] {
  const faults = readings.flatMap((reading) => new Check(reading, hidden).run());
  for (const tag of ["html", "head", "body"]) {
    // A second one would add its attributes to the first.
    if ((html.match(new RegExp(`<${tag}(?![\\w-])`, "gi")) ?? []).length > 1) {
      faults.push({ line: lineWith(`<${tag}`, hidden), message: `<${tag}> is MJML's to write` });
    }
  }
  return [...new Map(faults.map((fault) => [JSON.stringify(fault), fault])).values()];
}

class Check {
  private readonly faults: Fault[] = [];
  private readonly reading: Reading;
  private readonly hidden: Hidden;

  constructor(reading: Reading, hidden: Hidden) {
    this.reading = reading;
    this.hidden = hidden;
  }

  run(): Fault[] {
    const { root, sheet, standards, faults } = this.reading;
    this.faults.push(...faults);
    if (!standards) this.fault("file-start", "nothing can stand before the mail's doctype");
    for (const { near, message } of sheet.faults) this.fault(near, message);
    this.declarations(sheet.rules.flatMap(({ declarations }) => declarations));
    for (const node of nodesIn(root)) {
      if (isText(node)) this.text(node.value);
      if (isElement(node)) this.element(node);
    }
    return this.faults;
  }

  private element(element: Element): void {
    const { tagName: tag } = element;
    if (refusedTags.has(tag) || (!this.reading.isOutlook && refusedInBrowsers.has(tag))) {
      this.fault(`<${tag}`, `<${tag}> is not supported in mails`);
    }
    if (holdsText.has(tag) && !element.sourceCodeLocation?.endTag) {
      this.fault(`<${tag}`, `<${tag}> is not closed, and swallows what follows it`);
    }
    if (tag === "meta") this.meta(element);
    if (tag === "style") this.style(textIn(element));
    for (const { name, value } of element.attrs) {
      if (/^on/.test(name)) this.fault(name, `${name}: scripts are not supported in mails`);
      if (name === "srcdoc") this.fault(name, `${name} is not supported in mails`);
      if (name === "style") this.declarations(readStyle(value) ?? []);
      this.address(name, value);
      this.links(element, { name, value });
    }
  }

  private meta(element: Element): void {
    const what = attributeOf(element, "http-equiv")?.trim().toLowerCase();
    if (what === undefined || /^(?:content-type|content-language|x-ua-compatible)$/.test(what)) return;
    this.fault("http-equiv", `<meta http-equiv="${what.slice(0, 40)}"> is not supported in mails`);
  }

  private address(name: string, value: string): void {
    // What browsers pass over in an address.
    const read = value.replace(/[\s\p{C}]/gu, "").toLowerCase();
    const isAddress = addressAttributes.has(name) || name === "srcset";
    const scheme = (
      isAddress ? /^(?:javascript|vbscript|data|file|blob|about):/ : /^(?:javascript|vbscript):/
    ).exec(read)?.[0];
    if (scheme)
      this.fault(
        value.toLowerCase().includes(scheme) ? scheme : `${name}=`,
        `${scheme} can't be an address in a mail`,
      );
    if (name !== "srcset") return;
    for (const candidate of value.split(",")) {
      if (
        !/^\s*https?:\/\//i.test(candidate) &&
        this.hidden.find(candidate)[0]?.start !== candidate.search(/\S/)
      ) {
        this.fault(
          "srcset",
          `an image must be a complete address, https://…, not "${candidate.trim().slice(0, 60)}"`,
        );
      }
    }
  }

  /** The customer's own links act for whoever holds them: no other host is told of them, in whatever way. */
  private links(element: Element, { name, value }: { name: string; value: string }): void {
    const { tagName: tag } = element;
    for (const { token, start, end } of this.hidden.find(value)) {
      if (!prints(token, "links")) continue;
      const isWhole = value.slice(0, start).trim() === "" && value.slice(end).trim() === "";
      const isLink = name === "href" && (tag === "a" || tag.startsWith("v:"));
      if (!isWhole || !isLink || !printedPath(token)) this.misplaced(token);
    }
  }

  private text(value: string): void {
    for (const { token } of this.hidden.find(value)) if (prints(token, "links")) this.misplaced(token);
  }

  private misplaced({ raw, line }: Token): void {
    this.faults.push({
      line,
      message: `${raw} can only be the whole address of a link: <a href="${raw}">…</a>`,
    });
  }

  private style(css: string): void {
    for (const { token, start, end } of this.hidden.find(css)) {
      const { raw, line, kind } = token;
      const before = css.slice(startOfLast(css.slice(0, start), "{};"), start);
      const after = /^[^{};]*/.exec(css.slice(end))?.[0] ?? "";
      const isValue = /^\s*[\w-]+\s*:/.test(before) && css[end + after.length] !== "{";
      if (kind !== "print") {
        this.faults.push({
          line,
          message: `${raw} can't stand in a style: put the condition around what is styled`,
        });
      } else if (!isValue) this.faults.push({ line, message: `${raw} can only be a value in a style` });
    }
  }

  private declarations(declarations: readonly Declaration[]): void {
    for (const { property, value } of declarations) {
      if (/^(?:behavior|-moz-binding)$/.test(property) || /expression\s*\(|(?:java|vb)script:/.test(value)) {
        this.fault(property, `${property}: scripts are not supported in mails`);
      }
      for (const [, address = ""] of value.matchAll(/url\(\s*["']?([^"')]*)/g)) {
        if (/^(?:https?:|cid:|#)/.test(address) || this.hidden.find(address)[0]?.start === 0) continue;
        this.fault("url(", `a picture must be a complete address, https://…, not "${address.slice(0, 60)}"`);
      }
    }
  }

  private fault(near: string, message: string): void {
    this.faults.push({ line: lineWith(near, this.hidden), message: this.hidden.show(message) });
  }
}
