import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build, type Metafile } from "esbuild";
import { withoutUnused } from "./without-unused.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The file that holds a function's handler, relative to the project's root. */
export const entryOf = (name: string): string => `functions/${name}.ts`;

/** How code of this project becomes one file, wherever it runs. */
export const bundling = {
  bundle: true,
  platform: "node",
  format: "esm",
  mainFields: ["module", "main"],
  outExtension: { ".js": ".mjs" },
  plugins: [withoutUnused],
  loader: { ".hbs": "text", ".mjml": "text" },
  // CommonJS packages (MJML and what it loads) expect these in an ES module's scope.
  banner: {
    js: [
      'import{createRequire as $createRequire}from"node:module";',
      'import{fileURLToPath as $fileURLToPath}from"node:url";',
      "const require=$createRequire(import.meta.url),__filename=$fileURLToPath(import.meta.url),",
      '__dirname=$fileURLToPath(new URL(".",import.meta.url));',
    ].join(""),
  },
  logLevel: "warning",
} satisfies BuildOptions;

/**
 * Bundles each named function into its own folder of `directory`, as `index.mjs`, and answers what went into
 * them. One call of esbuild for all: CDK's NodejsFunction starts one esbuild process for each function, which
 * takes several times as long.
 *
 * The SDK is bundled too: it loads faster than the runtime's own copy, and is the version that was tested. No
 * source map is deployed, since Lambda would load it at cold starts; the same commit gives the same bundle, so
 * one can be made when a stack trace has to be read. `readable` keeps the names in the code, which deployed
 * bundles don't carry: they are a third smaller without.
 */
export async function bundle(
  names: readonly string[],
  directory: string,
  { readable = false }: { readable?: boolean } = {},
): Promise<Metafile> {
  const missing = names.filter((name) => !existsSync(join(root, entryOf(name))));
  if (missing.length > 0) {
    throw new Error(`The stack names functions that have no entry file: ${missing.map(entryOf).join(", ")}`);
  }
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(names.map((name) => [join(name, "index"), entryOf(name)])),
    outdir: directory,
    ...bundling,
    target: "node24",
    minifyWhitespace: true,
    minifySyntax: true,
    minifyIdentifiers: !readable,
    legalComments: "none",
    metafile: true,
  });
  return metafile;
}

/** Size in bytes of a function's bundle. */
export const bundleSize = (name: string, directory: string): number =>
  readFileSync(join(directory, name, "index.mjs")).length;
