import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Template } from "./template.ts";

/** The synthesised stack: its template, and the folder of each asset by the asset's hash. */
export type Assembly = { template: Template; assets: ReadonlyMap<string, string> };

/** What the synthesised stack is made from: while none of it changes, an earlier synthesis still holds. */
const sources = ["cdk.json", "package-lock.json", "core", "functions", "infra", "templates"];
/** Earlier syntheses are kept for an hour, in case a host still runs from them, and then the newest of them. */
const keptFor = 3_600_000;
const kept = 3;

/**
 * Synthesises the project's CDK app, or takes what an earlier start made of the same sources. Two starts at
 * once may both synthesise: the later finds the earlier's folder in place and uses it.
 */
export async function synthesise(project: string, onWork: () => void = () => {}): Promise<Assembly> {
  const cache = join(project, "node_modules", ".cache", "sapa");
  const folder = join(cache, await fingerprint(project));
  if (!(await exists(folder))) {
    await mkdir(cache, { recursive: true });
    await alone(`${folder}.lock`, async () => {
      if (await exists(folder)) return;
      onWork();
      const draft = `${folder}.${process.pid}`;
      await runApp(project, draft);
      await rename(draft, folder);
      await forgetOld(cache, folder);
    });
  }
  return readAssembly(folder);
}

/** Runs the app as `cdk synth` would: the same command and context, without the CLI's own start-up time. */
async function runApp(project: string, folder: string): Promise<void> {
  const { app, context } = JSON.parse(await readFile(join(project, "cdk.json"), "utf8"));
  const environment = {
    ...process.env,
    PATH: `${join(project, "node_modules", ".bin")}:${process.env.PATH}`,
    CDK_OUTDIR: folder,
    CDK_CONTEXT_JSON: JSON.stringify({ ...context, "aws:cdk:enable-path-metadata": true }),
  };
  const child = spawn(app, {
    shell: true,
    cwd: project,
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stdout.on("data", (text) => {
    said += text;
  });
  child.stderr.on("data", (text) => {
    said += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (code === 0 && (await exists(join(folder, "manifest.json")))) return;
  await rm(folder, { recursive: true, force: true });
  throw new Error(`The CDK app could not be synthesised (exit code ${code}):\n${said.trim()}`);
}

/** Reads a cloud assembly that holds exactly one stack. */
export async function readAssembly(folder: string): Promise<Assembly> {
  const read = async (file: string) => JSON.parse(await readFile(join(folder, file), "utf8"));
  const manifest: Manifest = await read("manifest.json");
  const artifacts = Object.entries(manifest.artifacts);
  const stacks = artifacts.filter(([, { type }]) => type === "aws:cloudformation:stack");
  const [stack] = stacks;
  if (!stack || stacks.length > 1) {
    throw new Error(
      `The local host runs one stack; the app has ${stacks.map(([id]) => id).join(", ") || "none"}`,
    );
  }
  const template: Template = await read(stack[1].properties.templateFile ?? "");
  const assets = new Map<string, string>();
  for (const [, { type, properties }] of artifacts) {
    if (type !== "cdk:asset-manifest" || !properties.file) continue;
    const { files }: AssetManifest = await read(properties.file);
    for (const [hash, { source }] of Object.entries(files)) assets.set(hash, join(folder, source.path));
  }
  return { template, assets };
}

type Manifest = {
  artifacts: Record<string, { type: string; properties: { templateFile?: string; file?: string } }>;
};
type AssetManifest = { files: Record<string, { source: { path: string } }> };

/** Changes when any source does; by content, so that a fresh checkout of the same sources is the same. */
async function fingerprint(project: string): Promise<string> {
  const hash = createHash("sha256");
  for (const path of (await Promise.all(sources.map((name) => filesOf(join(project, name))))).flat()) {
    hash.update(`${relative(project, path)}\0`).update(await readFile(path));
  }
  return hash.digest("hex").slice(0, 24);
}

async function filesOf(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined);
  if (!found) return [];
  if (found.isFile()) return [path];
  const inside = await readdir(path, { recursive: true, withFileTypes: true });
  const files = inside.filter((entry) => entry.isFile());
  return files.map((entry) => join(entry.parentPath, entry.name)).sort();
}

/** Runs `action` while no other process does; a lock older than two minutes is of one that died. */
async function alone(lock: string, action: () => Promise<void>): Promise<void> {
  while (
    !(await mkdir(lock).then(
      () => true,
      () => false,
    ))
  ) {
    const held = await stat(lock).catch(() => undefined);
    if (held && Date.now() - held.mtimeMs > 120_000) await rm(lock, { recursive: true, force: true });
    await pause(100);
  }
  try {
    await action();
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

async function forgetOld(cache: string, current: string): Promise<void> {
  const folders = (await readdir(cache))
    .filter((name) => /^[0-9a-f]{24}$/.test(name))
    .map((name) => join(cache, name));
  const dated = await Promise.all(folders.map(async (path) => ({ path, at: (await stat(path)).mtimeMs })));
  const others = dated.filter(({ path }) => path !== current).sort((a, b) => b.at - a.at);
  const old = others.slice(kept - 1).filter(({ at }) => Date.now() - at > keptFor);
  await Promise.all(old.map(({ path }) => rm(path, { recursive: true, force: true })));
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
