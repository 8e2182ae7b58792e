import type { Locale } from "../../core/businesses.ts";
import { MonthDay } from "../../core/time.ts";

/** A birthday as two fields of a form hold it, `05` and `11`; empty where none is chosen. */
export type Birthday = { day: string; month: string };

/** The choices of both fields, with the months by their names. */
export const birthdayOptions = ({ day, month }: Birthday, locale: Locale) => ({
  days: options(31, day, String),
  months: options(12, month, monthNames[locale]),
});

/** The day of the year, null for none; or what is wrong: half of it is missing, or there is no such day. */
export function birthdayOf({ day, month }: Birthday): { birthday: MonthDay | null } | "half" | "none" {
  if (!day && !month) return { birthday: null };
  if (!day || !month) return "half";
  const birthday = MonthDay.safeParse(`${month}-${day}`);
  return birthday.success ? { birthday: birthday.data } : "none";
}

const options = (count: number, chosen: string, nameOf: (number: number) => string) =>
  Array.from({ length: count }, (_, at) => {
    const value = String(at + 1).padStart(2, "0");
    return { value, name: nameOf(at + 1), chosen: value === chosen };
  });

const monthName = (locale: Locale) => {
  const format = new Intl.DateTimeFormat(locale, { month: "long", timeZone: "UTC" });
  return (month: number) => format.format(Date.UTC(2024, month - 1, 1));
};
const monthNames = { id: monthName("id"), en: monthName("en") };
