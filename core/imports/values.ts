import { AttributeNumber } from "../customers/record.ts";
import { type Currency, minorDigits } from "../money.ts";
import { withoutEnd } from "../text.ts";
import type { ColumnType } from "./mapping.ts";

/** What is wrong with one value of a file; its message is what the owner reads. */
export class BadValue extends Error {}

const bad = (reason: string): never => {
  throw new BadValue(reason);
};

/**
 * An amount in minor units. Without a column type, what could mean two amounts is refused rather than
 * guessed: "25.000" is twenty-five thousand to an Indonesian and twenty-five to an American.
 */
export function amount(text: string, currency: Currency, type?: ColumnType): number {
  const bare = text
    .trim()
    .replace(/^(rp\.?|[A-Z]{3}|US\$|[$€£¥])\s*/i, "")
    .replace(/\s/g, "");
  if (type === "minor-units") return whole(bare);
  if (!type && /^\d{1,3}([.,]\d{3})+$/.test(bare)) {
    return bad(
      'could mean two amounts: give the column the type "decimal" (29.33) or "decimal-comma" (25.000,50)',
    );
  }
  const [group, point] = type === "decimal-comma" ? [".", ","] : [",", "."];
  const [integer = "", decimals = "", ...more] = bare.split(point);
  const grouped = integer.split(group);
  const wellGrouped =
    grouped.length === 1 ||
    (/^\d{1,3}$/.test(grouped[0] ?? "") && grouped.slice(1).every((part) => /^\d{3}$/.test(part)));
  const digits = minorDigits(currency);
  const exact = withoutEnd(decimals, "0");
  if (more.length || !wellGrouped || !/^\d+$/.test(grouped.join("")) || !/^\d*$/.test(decimals)) {
    return bad("must be an amount such as 29.33");
  }
  if (exact.length > digits) return bad(`has more decimals than ${currency}, which has ${digits}`);
  return whole(grouped.join("") + exact.padEnd(digits, "0"));
}

export function whole(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text.trim()) || !Number.isSafeInteger(number)) return bad("must be a whole number");
  return number;
}

/** A number with a point before its decimals. */
export function number(text: string): number {
  const found = AttributeNumber.safeParse(text.trim() ? Number(text) : undefined);
  return found.success ? found.data : bad("must be a number such as 12.5");
}

const yes = ["ya", "y", "yes", "true", "1", "on", "x"];
const no = ["tidak", "t", "n", "no", "false", "0", "off", "-"];

/** Yes or no, in Indonesian or English; undefined for anything else. */
export function yesOrNo(text: string): boolean | undefined {
  const word = text.trim().toLowerCase();
  if (yes.includes(word)) return true;
  return no.includes(word) ? false : undefined;
}

/** Yes or no; throws BadValue for anything else. */
export const boolean = (text: string): boolean => yesOrNo(text) ?? bad("must be yes or no");
