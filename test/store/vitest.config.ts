import { defineConfig } from "vitest/config";
import ordinary from "../../vitest.config.ts";

/** The contract with every DynamoDB, also those that have to be fetched first: `npm run test:contract`. */
export default defineConfig({
  ...ordinary,
  test: { ...ordinary.test, include: ["test/store/local-host.test.ts", "test/store/*.contract.ts"] },
});
