/**
 * Digits of a page's number. Names sort as text, so that the newest page of a shard is the last one only while all
 * numbers are equally wide: six digits hold a million pages, each of 200 recipients as a rule.
 */
const digits = 6;

/** `07#000001`: a page of the shard's selection; numbers begin at 1. */
const pageName = (shard: string, number: number): string =>
  `${shard}#${String(number).padStart(digits, "0")}`;

/** The name of the page after `last`; without it, of the shard's first page. */
export const nextPageName = (shard: string, last?: string): string =>
  pageName(shard, last === undefined ? 1 : numberOf(last) + 1);

const numberOf = (page: string): number => Number(page.slice(page.indexOf("#") + 1));

/** `07#000001#000`: a batch of a page; places begin at 0. */
export const batchName = (page: string, place: number): string => `${page}#${String(place).padStart(3, "0")}`;
