import { limits } from "./limits.ts";

/** Tags of HTML that hold nothing, and are never closed. */
const empty = new Set("area base br col embed hr img input link meta param source track wbr".split(" "));
/** Tags that the next of their kind closes, where their own end is left out. */
const closesItself = new Set("p li td th tr dt dd option".split(" "));

/** How deep the HTML inside of one tag of MJML is nested, tag by tag, as a parser that mends it would have it. */
export class HtmlDepth {
  readonly #open: string[] = [];

  /** Answers the depth with this tag in it. */
  open(name: string): number {
    const repeats = name === this.#open.at(-1) && closesItself.has(name);
    if (!empty.has(name) && !repeats && this.#open.length <= limits.htmlDepth) this.#open.push(name);
    return this.#open.length;
  }

  close(name: string): void {
    const at = this.#open.lastIndexOf(name);
    if (at !== -1) this.#open.length = at;
  }
}
