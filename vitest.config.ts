import { readFile } from "node:fs/promises";
import { defineConfig, type Plugin } from "vitest/config";
import { Totals } from "./test/reporter.ts";

/** Templates are imported as text, as esbuild's text loader does it in the deployed bundles. */
const templatesAsText: Plugin = {
  name: "templates-as-text",
  enforce: "pre",
  async load(id) {
    const path = id.split("?")[0] ?? id;
    if (!/\.(hbs|mjml)$/.test(path)) return null;
    return { code: `export default ${JSON.stringify(await readFile(path, "utf8"))};`, map: null };
  },
};

export default defineConfig({
  plugins: [templatesAsText],
  test: {
    include: ["test/**/*.test.ts"],
    reporters: ["default", new Totals()],
    // One process a file, since files set the environment that a deployed function would be given.
    pool: "forks",
    // Two, so that a small machine is not asked to hold more databases and hosts than it has cores.
    maxWorkers: 2,
    // The SDK says in each process that its versions of 2027 will want a newer Node.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
    testTimeout: 20_000,
    hookTimeout: 60_000,
    restoreMocks: true,
    unstubEnvs: true,
  },
});
