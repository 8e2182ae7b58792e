/** Something wrong in a template, with its line counted from 1. */
export type Fault = { line: number; message: string };

/** Jison tells the line in its message only, Handlebars in a property. */
export function syntaxFault(error: unknown): Fault {
  if (error instanceof RangeError) return { line: 1, message: "is nested too deeply" };
  const { message, lineNumber } = error as { message: string; lineNumber?: number };
  const parsed = /^Parse error on line (\d+):\n([^\n]*)\n[^\n]*\n(.*)$/s.exec(message);
  if (!parsed) return { line: lineNumber ?? 1, message: message.replace(/ - \d+:\d+$/, "") };
  const [, line, near = "", expected = ""] = parsed;
  const got = / got '(\w+)'/.exec(expected)?.[1];
  const what = got === "EOF" ? "a {{#…}} or {{ is not closed" : `near "${near.slice(-60).trim()}"`;
  return { line: Number(line), message: `is not valid Handlebars: ${what}` };
}
