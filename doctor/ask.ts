import type { Asked } from "./facts.ts";

/** Asks, and takes a refusal for an answer too: what one may not see must not hide the rest. */
export async function ask<T>(question: () => Promise<T>): Promise<Asked<T>> {
  try {
    return { answer: await question() };
  } catch (error) {
    const { name, code } = error as { name?: string; code?: string };
    return { fault: [name, code].filter((part) => part && part !== "Error").join(" ") || "Error" };
  }
}
