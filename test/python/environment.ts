import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { access, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const cache = fileURLToPath(new URL("../../.sapa/python", import.meta.url));

/**
 * A virtual environment with exactly these packages (`schemathesis==4.32.5`), made once and kept in `.sapa/`. Answers
 * the folder of its programs; `undefined`, saying so loudly, where Python or its package index can't be reached.
 */
export async function pythonWith(packages: readonly string[]): Promise<string | undefined> {
  const name = createHash("sha256").update(packages.join("\n")).digest("hex").slice(0, 12);
  const folder = join(cache, name);
  const programs = join(folder, "bin");
  if (await exists(join(folder, "complete"))) return programs;
  await mkdir(cache, { recursive: true });
  await rm(folder, { recursive: true, force: true });
  try {
    await run("python3", ["-m", "venv", folder]);
    await run(join(programs, "pip"), ["install", "--quiet", "--disable-pip-version-check", ...packages], {
      timeout: 300_000,
    });
    // Renamed within the folder, so that one which was cut off is not taken for whole.
    await mkdir(join(folder, "part"));
    await rename(join(folder, "part"), join(folder, "complete"));
    return programs;
  } catch (error) {
    const reason = String((error as { stderr?: string }).stderr ?? error)
      .trim()
      .split("\n")
      .at(-1);
    console.warn(
      `\n!!! NOT RUN: ${packages.join(", ")} could not be installed from the Python package index: ${reason}\n`,
    );
    return undefined;
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
