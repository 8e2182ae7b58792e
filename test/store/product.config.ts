import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import ordinary from "../../vitest.config.ts";
import { orSkip } from "../emulators/cache.ts";
import { startDynamoDbLocal } from "../emulators/dynamodb-local.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The tests that need a database and no host, whose own is in threads of the host's process. */
const withDatabase = readdirSync(`${root}/test`, { recursive: true, encoding: "utf8" })
  .map((name) => `test/${name}`)
  .filter((file) => file.endsWith(".test.ts"))
  .filter((file) => /useDatabase\(\)|support\/links\.ts"/.test(readFileSync(`${root}/${file}`, "utf8")));

// Asked here, so that it is fetched once and not by two test files at the same time.
const here = await orSkip("the product with DynamoDB Local", startDynamoDbLocal);
await here?.stop();

/** The product's own requests, judged by AWS's own DynamoDB: `npm run test:dynamodb-local`. */
export default defineConfig({
  ...ordinary,
  test: {
    ...ordinary.test,
    include: here ? withDatabase : [],
    passWithNoTests: !here,
    env: { ...ordinary.test?.env, SAPA_DATABASE: "dynamodb-local" },
    // A new one for each file, each a Java of its own.
    hookTimeout: 120_000,
    testTimeout: 60_000,
  },
});
