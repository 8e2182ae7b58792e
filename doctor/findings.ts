import type { Code } from "./words.ts";

/** `blocking`: mail can't go out as planned. `warning`: it goes, with a drawback. `note`: a step that comes later. */
export type Level = "fine" | "note" | "warning" | "blocking";

/** One thing that the doctor found; `values` are what its words name. */
export type Finding = { code: Code; level: Level; values: Record<string, string | number> };

/** What could not be asked is not known to be in the way, and not known to be well. */
export const unanswered = (service: string, { fault }: { fault: string }): Finding => ({
  code: "unanswered",
  level: "warning",
  values: { service, fault },
});

export const blocks = (findings: readonly Finding[]): boolean =>
  findings.some(({ level }) => level === "blocking");
