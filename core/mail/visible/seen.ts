import { type Hidden, printedPath } from "../tokens.ts";
import { Styles } from "./cascade.ts";
import { Covers } from "./cover.ts";
import { attributeOf, type Element, elementsIn, isText, nodesIn, type Text } from "./html.ts";
import { Judge } from "./judge.ts";
import type { Reading } from "./readings.ts";

/** What every mail must carry, whoever wrote its template. */
export type Required = { texts: readonly string[]; links: readonly string[] };

export type Seen = {
  /** What of it every reader sees, in whatever program. */
  seen: ReadonlySet<string>;
  /** Why the rest might not be seen, where it is in the mail at all. */
  against: ReadonlyMap<string, string>;
};

/** Looks for what a mail must carry in every way that it is read. */
export function lookFor(required: Required, readings: readonly Reading[], hidden: Hidden): Seen {
  const looks = readings.map((reading) => new Look(reading, hidden));
  const seen = new Set<string>();
  const against = new Map<string, string>();
  for (const path of [...required.texts, ...required.links]) {
    const reasons = looks.map((look) => look.against(path, required.links.includes(path)));
    const reason = reasons.find((one) => one !== undefined);
    if (reason === undefined) seen.add(path);
    else if (reason !== absent) against.set(path, reason);
  }
  return { seen, against };
}

const absent = "it is not there";

class Look {
  private readonly reading: Reading;
  private readonly judge: Judge;
  private readonly covers: Covers;
  private readonly hidden: Hidden;

  constructor(reading: Reading, hidden: Hidden) {
    this.reading = reading;
    this.hidden = hidden;
    const { root, sheet } = reading;
    const styles = new Styles(sheet.rules);
    this.judge = new Judge(styles, { hidden, hasFonts: sheet.hasFonts });
    this.covers = new Covers(root, styles, { sheet, hidden });
  }

  /** Why a text or link might not be seen by some reader; undefined where one of its places is. */
  against(path: string, isLink: boolean): string | undefined {
    const places = isLink ? this.linksTo(path) : this.textsWith(path);
    const reasons = places.map((place) => this.againstPlace(place));
    return reasons.includes(undefined) ? undefined : (reasons[0] ?? absent);
  }

  private againstPlace({ text, letters }: Place): string | undefined {
    if (!text) return "the link has no text";
    if (this.reading.isConditional(text)) return "not every customer gets it";
    const parent = text.parentNode as Element;
    return this.judge.against(text, letters) ?? this.covers.over(parent);
  }

  private textsWith(path: string): Place[] {
    const found: Place[] = [];
    for (const node of nodesIn(this.reading.root)) {
      if (!isText(node) || !this.hidden.find(node.value).some(({ token }) => printedPath(token) === path))
        continue;
      found.push({ text: node, letters: Number.POSITIVE_INFINITY });
    }
    return found;
  }

  /** The texts of links that lead there and nowhere else. */
  private linksTo(path: string): Place[] {
    const found: Place[] = [];
    for (const element of elementsIn(this.reading.root)) {
      const target = element.tagName === "a" ? (attributeOf(element, "href") ?? "").trim() : "";
      const [token] = this.hidden.find(target);
      if (!token || token.end - token.start !== target.length || printedPath(token.token) !== path) continue;
      const texts = [...nodesIn(element)].filter(isText).filter(({ value }) => isWorded(this.visible(value)));
      found.push(...(texts.length === 0 ? [{ text: undefined, letters: 0 }] : []));
      found.push(...texts.map((text) => ({ text, letters: this.visible(text.value).length })));
    }
    return found;
  }

  /** The text less the expressions in it, which may be empty. */
  private visible(text: string): string {
    return this.hidden
      .find(text)
      .reduce((left, { token }) => left.replace(token.name, ""), text)
      .trim();
  }
}

type Place = { text: Text | undefined; letters: number };

/** A link is named by at least two letters that can be seen. */
const isWorded = (text: string): boolean =>
  (text.match(/\p{L}/gu) ?? []).filter((letter) => !/\p{Default_Ignorable_Code_Point}/u.test(letter))
    .length >= 2;
