import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

const fileIn = (dataDir: string) => join(dataDir, "clock.json");

/** The time that a kept clock shows by now, in epoch milliseconds: what was moved stays moved, and time passed. */
export async function keptTime(dataDir: string | undefined): Promise<number | undefined> {
  if (!dataDir) return undefined;
  const text = await readFile(fileIn(dataDir), "utf8").catch(() => undefined);
  return text === undefined ? undefined : Date.now() + Number(JSON.parse(text).offset);
}

export async function keepTime(
  dataDir: string | undefined,
  { offset }: { offset: Float64Array },
): Promise<void> {
  if (dataDir) await writeFile(fileIn(dataDir), JSON.stringify({ offset: offset[0] }));
}
