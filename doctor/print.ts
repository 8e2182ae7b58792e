import { blocks, type Finding, type Level } from "./findings.ts";
import { type Language, wordsOf } from "./words.ts";

const marks: Record<Level, string> = { fine: "ok", note: "-", warning: "!", blocking: "x" };

/** The findings for a terminal, in plain words: what is so, what to do next, and whether anything is in the way. */
export function print(findings: readonly Finding[], language: Language): string {
  const { findings: words, headings } = wordsOf[language];
  const lines = findings.map(({ code, level, values }) => {
    const { says, next } = words[code];
    const fill = (text: string) =>
      text.replace(/\{(\w+)\}/g, (_, name: string) => shown(values[name], language));
    return [
      `${marks[level].padStart(3)}  ${indented(fill(says))}`,
      ...(next ? [`     ${headings.next} ${indented(fill(next))}`] : []),
    ].join("\n");
  });
  return `${lines.join("\n\n")}\n\n${blocks(findings) ? headings.blocked : headings.clear}\n`;
}

const indented = (text: string): string => text.replaceAll("\n", "\n       ");

const shown = (value: string | number | undefined, language: Language): string =>
  typeof value === "number" ? value.toLocaleString(language) : (value ?? "");
