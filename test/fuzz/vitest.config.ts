import { defineConfig } from "vitest/config";
import ordinary from "../../vitest.config.ts";

/** Requests made by chance, from the API's own document: a part of `npm run fuzz`. */
export default defineConfig({
  ...ordinary,
  test: {
    ...ordinary.test,
    include: ["test/fuzz/*.fuzz.ts"],
    // One after the other: CPU is measured.
    maxWorkers: 1,
    testTimeout: 600_000,
    hookTimeout: 120_000,
  },
});
