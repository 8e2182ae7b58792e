import { readFile } from "node:fs/promises";
import type { LoadHook } from "node:module";
import { fileURLToPath } from "node:url";

/** Templates are imported as text, as esbuild's text loader does it in the deployed bundles. */
export const load: LoadHook = async (url, context, nextLoad) => {
  if (!/\.(hbs|mjml)$/.test(url)) return nextLoad(url, context);
  const text = await readFile(fileURLToPath(url), "utf8");
  return { format: "module", shortCircuit: true, source: `export default ${JSON.stringify(text)};` };
};
