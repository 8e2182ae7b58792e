import { defineConfig } from "vitest/config";
import ordinary from "../../vitest.config.ts";

/** The stack deployed into an emulator of AWS, and used from outside: `npm run test:emulated`. */
export default defineConfig({
  ...ordinary,
  test: {
    ...ordinary.test,
    include: ["test/emulated/*.emulated.ts"],
    // The emulator signs its own certificate, and nothing but this machine is spoken to.
    env: { ...ordinary.test?.env, NODE_TLS_REJECT_UNAUTHORIZED: "0" },
    // One story, told in order: what comes after a step that failed says nothing.
    bail: 1,
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
});
