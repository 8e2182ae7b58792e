import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { bundle, bundling } from "../infra/bundle.ts";
import { functionNames } from "../infra/functions.ts";

const root = fileURLToPath(new URL(".", import.meta.url));

/**
 * Bundles the functions as they are deployed, and the bench's own processes the same way, so that the baseline
 * loses nothing by it: `functions/deliver-sends/index.mjs` and `bench/deliver.mjs` in `directory`.
 */
export async function buildAll(directory: string): Promise<void> {
  await bundle(functionNames, join(directory, "functions"));
  const measured = readdirSync(join(root, "measured")).map((file) => join(root, "measured", file));
  await build({
    entryPoints: [...measured, join(root, "aws/server.ts")],
    entryNames: "[name]",
    outdir: join(directory, "bench"),
    ...bundling,
    target: "node20",
  });
}
