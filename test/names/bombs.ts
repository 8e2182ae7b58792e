import { numbered, repeated } from "../limits/effort.ts";

const kilobytes = 1000;

/**
 * Texts that are harmless to keep and dear to read: each made software take time, stack or memory out of proportion,
 * here or elsewhere. As long as a field of a request may be, and longer.
 */
export const bombs: Record<string, string> = {
  blanks: `a${repeated(" ", 190 * kilobytes)}b`,
  "line breaks": `a${repeated("\n", 100 * kilobytes)}b`,
  backslashes: repeated("\\", 200 * kilobytes),
  quotes: repeated("\"'`", 200 * kilobytes),
  braces: repeated("{", 100 * kilobytes),
  "calls in calls": `{{${repeated("encode (", 100 * kilobytes)}offer`,
  "blocks in blocks": repeated("{{#if offer}}", 100 * kilobytes),
  "an unknown name": `{{${repeated("a", 100 * kilobytes)}}}`,
  "our own words": `qsapa${repeated("q", 40 * kilobytes)}{{offer}}`,
  "elements in elements": repeated("<div>", 100 * kilobytes),
  "ends of elements": repeated("</div>", 100 * kilobytes),
  "an element of thousands of attributes": `<mjml><mj-body><mj-text ${numbered((at) => `a${at}="b" `, 120 * kilobytes)}>a</mj-text></mj-body></mjml>`,
  "a comment without an end": repeated("<!--", 100 * kilobytes),
  "blocks of mail in each other": repeated("<mj-section>", 100 * kilobytes),
  accents: `a${repeated("\u0301\u0323", 100 * kilobytes)}`,
  "letters that unfold": repeated("\ufdfa", 100 * kilobytes),
  "a family": repeated("👩‍👩‍👧‍👦\u200d", 50 * kilobytes),
  "turned again and again": repeated("\u202e\u2066", 50 * kilobytes),
  digits: repeated("1", 100 * kilobytes),
  "a domain": `a@${repeated("a.", 100 * kilobytes)}com`,
  "at signs": repeated("@", 100 * kilobytes),
  steps: `https://a/${repeated("../", 100 * kilobytes)}`,
  "steps of cron": repeated("*/1,", 50 * kilobytes),
  dashes: repeated("-", 100 * kilobytes),
  "lines of code": repeated("=1+1,", 50 * kilobytes),
};

const nestedLists = (depth: number) => repeated("[", depth) + repeated("]", depth);
const nestedObjects = (key: string, depth: number) => `${`{"${key}":`.repeat(depth)}1${"}".repeat(depth)}`;

const conditions = (depth: number) =>
  `{"name":"a","definition":${'{"not":'.repeat(depth)}{"has":"email"}${"}".repeat(depth)}}`;

/** Whole bodies of requests of the same kind, as they are sent: not all are JSON. */
export const bombBodies: Record<string, string> = {
  "lists in lists": nestedLists(100 * kilobytes),
  "lists in lists without an end": repeated("[", 500 * kilobytes),
  "objects in objects": nestedObjects("all", 30 * kilobytes),
  "conditions in conditions": conditions(35),
  "thousands of conditions in each other": conditions(20 * kilobytes),
  "escaped quotes in a string without an end": `"${repeated('\\"', 1000 * kilobytes)}`,
  "backslashes in a string": `{"name":"${repeated("\\\\", 500 * kilobytes)}"}`,
  "blanks before an error": `${repeated(" ", 900 * kilobytes)}x`,
  "thousands of keys": `{${numbered((at) => `"a${at}":1,`, 900 * kilobytes)}"a":1}`,
  "keys that hash alike": `{${numbered((at) => `"${1e15 + at * 2 ** 28}":1,`, 500 * kilobytes)}"a":1}`,
  "thousands of attributes": `{"attributes":{${numbered((at) => `"a${at}":"text",`, 500 * kilobytes)}"a":1}}`,
  "attributes of the wrong kind": `{"attributes":{${numbered((at) => `"a${at}":[],`, 900 * kilobytes)}"a":1}}`,
  "a long key": `{"${repeated("a", 900 * kilobytes)}":1}`,
  "a long number": repeated("1", 900 * kilobytes),
  "a list of blanks": `{"tags":[${repeated('"",', 300 * kilobytes)}""]}`,
  "orders that are none": `{"orders":[${repeated("{},", 300 * kilobytes)}{}]}`,
  "halves of characters": `{"tags":[${repeated('"\\ud83d",', 300 * kilobytes)}""]}`,
  "a key that is a prototype": '{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}}}',
  "a body over the limit": `{"name":"${repeated("a", 1_100 * kilobytes)}"}`,
  nothing: "",
  null: "null",
  "a byte order mark": '\ufeff{"name":"a"}',
};
