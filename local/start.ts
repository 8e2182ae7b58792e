import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Seeded, seed } from "./demo/seed.ts";
import { demoShop } from "./demo/shop.ts";
import { type LocalHost, startHost } from "./host.ts";
import { assertFree } from "./http/listen.ts";
import { help, optionsFrom, type StartOptions } from "./options.ts";
import { progress } from "./progress.ts";
import { synthesise } from "./synthesis.ts";

/** The demo's own seed: another gives other people, and other habits. */
const demoSeed = 1928;
const demoZone = "Asia/Jakarta";
const project = fileURLToPath(new URL("..", import.meta.url));

/** `npm start`: runs all of Sapa on this machine until Ctrl-C. */
async function start(options: StartOptions): Promise<void> {
  const steps = progress(process.stdout);
  const { dataDir, port, now, verbose } = options;
  // Before the long steps, since whoever forgot a running Sapa should not wait for them.
  await assertFree([port, port + 1, port + 2, port + 3]);
  if (dataDir) await mkdir(dataDir, { recursive: true });
  const assembly = await steps.step("The stack", async (tell) => {
    const made = await synthesise(project, () => tell("bundling and synthesising"));
    tell(`${Object.keys(made.template.Resources).length} resources`);
    return made;
  });
  const host = await steps.step("The host", () => startHost(assembly, { port, dataDir, now, verbose }));
  stopOn(host, ["SIGINT", "SIGTERM", "SIGHUP"]);
  const adminKey = await host.adminKey();
  const demo = options.empty ? undefined : await demoOf(host, { adminKey, dataDir });

  const about = [
    ["Admin key", adminKey],
    ...(demo ? [["Demo's business", demo.business]] : []),
    ["A day later", `curl ${host.apiUrl}/_local/clock -d '{ "advance": "P1D" }'`],
    ["The end", "Ctrl-C"],
  ];
  const addresses = [
    ["API", host.apiUrl],
    ["reference", `${host.apiUrl}/docs`],
    ["inbox", host.inboxUrl],
    ...(demo ? [["API key", demo.key]] : []),
  ];
  const aligned = about.map(([name = "", value]) => `  ${name.padEnd(16)} ${value}`);
  const listed = addresses.map(([name, value]) => `${name} ${value}`);
  process.stdout.write(`\n${aligned.join("\n")}\n\nSapa is ready: ${listed.join(", ")}\n`);

  async function demoOf(
    host: LocalHost,
    { adminKey, dataDir }: { adminKey: string; dataDir: string | undefined },
  ) {
    const file = dataDir && join(dataDir, "demo.json");
    const kept = file && (await readFile(file, "utf8").catch(() => undefined));
    if (kept) return JSON.parse(kept) as Seeded;
    const day = new Intl.DateTimeFormat("sv", { timeZone: demoZone }).format(host.clock.now());
    const { apiUrl, idle } = host;
    const seeded = await seed(demoShop(demoSeed, day), { apiUrl, adminKey, progress: steps, idle });
    if (file) await writeFile(file, JSON.stringify(seeded));
    return seeded;
  }
}

/** Set once Ctrl-C was pressed: what fails from then on, fails because of that. */
let stopping = false;

/** Ends everything once, however often the signal comes; what takes longer than two seconds is cut off. */
function stopOn(host: LocalHost, signals: NodeJS.Signals[]): void {
  for (const signal of signals) {
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      setTimeout(() => process.exit(1), 2_000).unref();
      host.stop().then(
        () => process.exit(0),
        (error) => fail(error),
      );
    });
  }
}

function fail(error: unknown): never {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

try {
  const options = optionsFrom(process.argv.slice(2));
  if (options.help) process.stdout.write(`${help}\n`);
  else await start(options);
} catch (error) {
  if (!stopping) fail(error);
}
