import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { median } from "../numbers.ts";

/** What a measured process is told on its command line. */
export type Task = { bundles: string; quick: boolean };
export const task = JSON.parse(process.argv[2] ?? "{}") as Task;

export type Handler = (event: unknown, context: unknown) => Promise<unknown>;

/** The handler of a deployed function, out of its bundle. */
export async function handlerOf(name: string): Promise<Handler> {
  const loaded = await import(pathToFileURL(join(task.bundles, name, "index.mjs")).href);
  return loaded.handler;
}

/** CPU microseconds, in user and system mode and of all threads of this process, that the work took. */
export async function cpuOf(work: () => Promise<void> | void): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** CPU microseconds for each of `count` units of work, the median of several rounds after a warm-up. */
export async function cpuPerUnit(
  count: number,
  round: (number: number) => Promise<void>,
  { warmUps, rounds }: { warmUps: number; rounds: number },
): Promise<number> {
  for (let number = 0; number < warmUps; number++) await round(number);
  const measured: number[] = [];
  for (let number = 0; number < rounds; number++) {
    measured.push((await cpuOf(() => round(warmUps + number))) / count);
  }
  return median(measured);
}

/** The most memory that this process has held so far, in MB: its whole resident set. */
export const peakMemory = (): number => process.resourceUsage().maxRSS / 1024;

/** Hands the figures to the process that started this one, and ends. */
export function tell(figures: Record<string, number>): void {
  process.send?.(figures, () => process.exit(0));
}

/** A handler's answer that names messages to try again means that the bench is wrong. */
export function allDone(result: unknown): void {
  const { batchItemFailures = [] } = (result ?? {}) as { batchItemFailures?: unknown[] };
  if (batchItemFailures.length > 0) throw new Error("The handler failed; its log says why");
}
