/**
 * Says which rights of the stack's policies were of use while the end-to-end tests ran, and fails when one was not and
 * nobody said why it is granted: `npm run permissions`. The tests write down what they used; with `--run`, or when they
 * have not run with this code yet, they are run first.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { justified } from "./iam/justified.ts";
import { readRecord } from "./iam/record.ts";
import { reportOn } from "./iam/report.ts";
import { synthesise } from "./synthesis.ts";

const project = fileURLToPath(new URL("..", import.meta.url));
/** Beside the syntheses, and where the hosts of tests write (test/support/host.ts). */
const folder = join(project, "node_modules", ".cache", "sapa-permissions");

const { template } = await synthesise(project);
let record = await readRecord(folder, template);
if (record.hosts === 0 || process.argv.includes("--run")) {
  const ran = spawnSync("npx", ["vitest", "run", ...filesWithHosts()], {
    cwd: project,
    stdio: "inherit",
  });
  if (ran.status !== 0) process.exit(ran.status ?? 1);
  record = await readRecord(folder, template);
}
forgetOld();
const { lines, problems } = reportOn(record, justified);
console.log([...lines, "", `${record.granted.length} rights, as ${record.hosts} hosts used them`].join("\n"));
for (const problem of problems) console.error(problem);
if (problems.length > 0) {
  console.error(
    "Take a right without use away (infra/), have a test use it, or justify it (local/iam/justified.ts).",
  );
  process.exit(1);
}

/** The tests that start the whole stack. */
function filesWithHosts(): string[] {
  const files = readdirSync(join(project, "test"), { recursive: true, encoding: "utf8" });
  const tests = files.filter((file) => file.endsWith(".test.ts")).map((file) => join("test", file));
  return tests.filter((file) => readFileSync(join(project, file), "utf8").includes("useHost("));
}

/** Records of other code are of no use any more after a day. */
function forgetOld(): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (Date.now() - statSync(path).mtimeMs > 86_400_000) rmSync(path, { recursive: true });
  }
}
