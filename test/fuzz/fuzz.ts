import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startHost } from "../../local/host.ts";
import { synthesise } from "../../local/synthesis.ts";
import { orSkip } from "../emulators/cache.ts";
import { pythonWith } from "../emulators/python.ts";
import { patient } from "./patient.ts";
import { prepare } from "./shop.ts";

// `npm run fuzz`: schemathesis against the running local API, from the API's own OpenAPI document. It looks for
// answers of 500 and above, answers outside their schema, input that the schema forbids and the API takes, methods
// and keys that should be refused and are not, and things that can be read after they were deleted.

const examples = process.env.SAPA_FUZZ_EXAMPLES ?? "25";
const seed = process.env.SAPA_FUZZ_SEED ?? "1";
const project = fileURLToPath(new URL("../..", import.meta.url));
const here = fileURLToPath(new URL(".", import.meta.url));
/** Fewer would mean that the run broke off, or that the document was hardly read. */
const fewestCases = 5000;

async function fuzz(): Promise<number> {
  const requirements = join(here, "schemathesis.txt");
  const python = await orSkip("the API under schemathesis", () => pythonWith(requirements));
  if (!python) return 0;
  const { template, assets } = await synthesise(project);
  const host = await startHost(
    { template: patient(template), assets },
    { port: 0, now: Date.parse("2026-11-24T01:00:00Z") },
  );
  const reports = await mkdtemp(join(tmpdir(), "sapa-fuzz-"));
  try {
    const environment = await prepare(host);
    const report = join(reports, "report.json");
    const args = [
      ...["-m", "schemathesis.cli"],
      ...["--config-file", join(here, "schemathesis.toml")],
      ...["run", `${host.apiUrl}/openapi.json`],
      ...["--max-examples", examples, "--seed", seed, "--continue-on-failure", "--no-color"],
      ...["--report", "json", "--report-json-path", report, "--warnings", "off"],
    ];
    const status = await finished(python, args, { cwd: reports, environment });
    const { test_cases } = JSON.parse(await readFile(report, "utf8")) as {
      test_cases: { generated: number };
    };
    const cases = test_cases.generated;
    if (status === 0 && cases < fewestCases) {
      console.error(`Only ${cases} cases were tried: at least ${fewestCases} were to be`);
      return 1;
    }
    return status;
  } finally {
    await host.stop();
    await rm(reports, { recursive: true });
  }
}

type Surroundings = { cwd: string; environment: Record<string, string> };

const finished = (program: string, args: readonly string[], { cwd, environment }: Surroundings) =>
  new Promise<number>((resolve, reject) => {
    const child = spawn(program, args, { stdio: "inherit", cwd, env: { ...process.env, ...environment } });
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
  });

process.exit(await fuzz());
