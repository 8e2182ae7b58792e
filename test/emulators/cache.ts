import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where emulators are kept between runs, outside of what git tracks. */
const folder = fileURLToPath(new URL("../../.sapa/emulators", import.meta.url));

/** An emulator can't be had on this machine: what needs it is skipped, and says so. */
export class NotHere extends Error {}

/**
 * The folder with this name, made by `fill` unless an earlier run did. It appears whole or not at all, so that a run
 * which was broken off leaves nothing half made.
 */
export async function cached(name: string, fill: (draft: string) => Promise<void>): Promise<string> {
  const place = join(folder, name);
  if (existsSync(place)) return place;
  await mkdir(folder, { recursive: true });
  const draft = await mkdtemp(`${place}.`);
  try {
    await fill(draft);
    await rename(draft, place).catch((error) => {
      if (!existsSync(place)) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return place;
}

/** Starts an emulator; where it can't be had, says in the middle of the log what is therefore not tested. */
export async function orSkip<T>(what: string, start: () => Promise<T>): Promise<T | undefined> {
  try {
    return await start();
  } catch (error) {
    if (!(error instanceof NotHere)) throw error;
    const line = `${error.message}. NOT TESTED, and counted as skipped: ${what}`;
    const rule = "!".repeat(line.length + 4);
    console.warn(`\n${rule}\n! ${line} !\n${rule}\n`);
    return undefined;
  }
}
