import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import { assertFree } from "../../local/http/listen.ts";
import { Journal } from "../../local/journal.ts";
import type { Email } from "../../local/services/mailbox.ts";
import type { Answer } from "./host.ts";

const project = fileURLToPath(new URL("../..", import.meta.url));
const ready = "Sapa is ready";

/** The local host as a process of its own, as `npm start -- --empty --data DIR` runs it, that may be killed. */
export type Killable = {
  /** Starts it, again from what it has kept; resolves when it takes requests. */
  start(): Promise<void>;
  /** Ends it as a power cut would: `kill -9`. */
  kill(): Promise<void>;
  /** Ends it as Ctrl-C does. */
  stop(): Promise<void>;
  readonly apiUrl: string;
  readonly adminKey: string;
  /** Asks the owner API; a refusal, or no answer since the host was killed, is an error. */
  ask(operation: `${string} /${string}`, given?: { key?: string; body?: unknown }): Promise<Answer["body"]>;
  /** Moves the clock forward, such as by `PT10M`, and waits until all that is due has been done. */
  advance(by: string): Promise<void>;
  /** The addresses that mail arrived at, once for each mail, and the messages in each queue; of a host that is stopped. */
  kept(): Promise<{ mailed: string[]; messages: Record<string, number> }>;
};

/** Called at the top of a test file: one folder and four free ports for all its starts. */
export function useKillable(): Killable {
  const dataDir = mkdtempSync(join(tmpdir(), "sapa-killed-"));
  let port = 0;
  let child: ChildProcess | undefined;
  let adminKey = "";

  const end = async (signal: "SIGKILL" | "SIGTERM") => {
    const running = child;
    child = undefined;
    if (!running || running.exitCode !== null) return;
    const ended = new Promise((resolve) => running.once("exit", resolve));
    running.kill(signal);
    await ended;
  };
  afterAll(async () => {
    await end("SIGKILL");
    rmSync(dataDir, { recursive: true, force: true });
  });

  const killable: Killable = {
    get apiUrl() {
      return `http://127.0.0.1:${port}`;
    },
    get adminKey() {
      return adminKey;
    },
    async start() {
      port ||= await freePorts();
      const args = [
        "--import",
        "tsx",
        "local/start.ts",
        "--empty",
        "--data",
        dataDir,
        "--port",
        String(port),
      ];
      child = spawn(process.execPath, args, { cwd: project, stdio: ["ignore", "pipe", "pipe"] });
      const said = await saidBefore(child, ready);
      adminKey = /sapa_admin_\S+/.exec(said)?.[0] ?? "";
    },
    kill: () => end("SIGKILL"),
    stop: () => end("SIGTERM"),
    async ask(operation, { key = adminKey, body } = {}) {
      const [method = "", path = ""] = operation.split(" ");
      const response = await fetch(`${killable.apiUrl}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          ...(body !== undefined && { "content-type": "application/json" }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${operation}: ${response.status} ${text}`);
      return text && JSON.parse(text);
    },
    async advance(by) {
      await killable.ask("POST /_local/clock", { body: { advance: by } });
      await killable.ask("GET /_local/idle");
    },
    async kept() {
      const journal = await Journal.open(join(dataDir, "journal"));
      const mails = journal.take("mails").map(([, mail]) => mail as Email);
      const messages: Record<string, number> = {};
      for (const [key] of journal.take("messages")) {
        const queue = key.split("/")[0] ?? "";
        messages[queue] = (messages[queue] ?? 0) + 1;
      }
      await journal.close();
      return { mailed: mails.flatMap(({ destination }) => destination.to), messages };
    },
  };
  return killable;
}

/** The first of four free ports in a row. */
async function freePorts(): Promise<number> {
  for (;;) {
    const first = 20_000 + Math.floor(Math.random() * 20_000);
    const ports = [0, 1, 2, 3].map((offset) => first + offset);
    if (
      await assertFree(ports).then(
        () => true,
        () => false,
      )
    )
      return first;
  }
}

/** What a process said until it said this; an error that repeats it when the process ends before. */
function saidBefore(child: ChildProcess, end: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    const hear = (text: Buffer) => {
      said += text.toString();
      if (said.includes(end)) resolve(said);
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.once("exit", (code, signal) => reject(new Error(`The host ended with ${code ?? signal}: ${said}`)));
    child.once("error", reject);
  });
}
