import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { cached, NotHere } from "./cache.ts";
import { isThere, runProgram } from "./processes.ts";

/**
 * A Python with the packages of a file of pinned requirements, from PyPI, in a virtual environment that an earlier
 * run may have made. `NotHere` without Python, or where PyPI can't be reached.
 */
export async function pythonWith(requirements: string): Promise<string> {
  const text = await readFile(requirements);
  const fingerprint = createHash("sha256").update(text).digest("hex").slice(0, 12);
  const made = await cached(`${basename(requirements, ".txt")}-${fingerprint}`, (draft) =>
    install(draft, requirements),
  );
  // Its other programs name the draft, which has moved since.
  return join(made, "bin/python");
}

async function install(draft: string, requirements: string): Promise<void> {
  const python = ["python3", "-c", "import venv, ensurepip"];
  if (!(await isThere(python))) throw new NotHere("There is no Python that can make a virtual environment");
  await runProgram(["python3", "-m", "venv", draft]);
  const install = [join(draft, "bin/python"), "-m", "pip", "install", "--quiet", "--retries", "2"];
  await runProgram([...install, "--requirement", requirements]).catch((error: Error) => {
    if (!/connection|timed out|name resolution|ProxyError|SSLError/i.test(error.message)) throw error;
    throw new NotHere("The Python package index can't be reached");
  });
}
