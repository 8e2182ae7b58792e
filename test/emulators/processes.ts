import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

type Environment = Record<string, string | undefined>;
type Run = { environment?: Environment; folder?: string; log?: string };

/** A program that goes on until it is stopped, and with it every process that it has started itself. */
export type Running = { stop: () => Promise<void>; ended: () => boolean };

/** Ends the whole group when its input ends, as it does when this process dies, however it dies. */
const guarded = 'exec 3<&0; (read -r _ <&3; kill -s KILL -- -$$) & "$@" </dev/null 3<&-';

/** Starts a program in a process group of its own; what it prints goes into the file `log`. */
export function startProgram(command: readonly string[], run: Run & { log: string }): Running {
  const child = launch(["sh", "-c", guarded, "sh", ...command], { ...run, detached: true });
  const file = createWriteStream(run.log);
  child.stdout?.pipe(file);
  child.stderr?.pipe(file);
  let over = false;
  const ended = new Promise<void>((resolve) => {
    child.once("error", () => resolve());
    child.once("exit", () => resolve());
  }).then(() => {
    over = true;
  });
  /** False once nothing of the group is left. */
  const signal = (name: NodeJS.Signals | 0): boolean => {
    try {
      return child.pid !== undefined && process.kill(-child.pid, name);
    } catch {
      return false;
    }
  };
  return {
    ended: () => over,
    async stop() {
      signal("SIGTERM");
      for (const end = Date.now() + 5_000; signal(0) && Date.now() < end; ) await pause(50);
      signal("SIGKILL");
      await ended;
    },
  };
}

/** Runs a program to its end and answers its standard output; throws with all that it printed when it fails. */
export async function runProgram(command: readonly string[], run: Run = {}): Promise<string> {
  const child = launch(command, run);
  let printed = "";
  let output = "";
  child.stdout?.on("data", (text) => {
    output += text;
    printed += text;
  });
  child.stderr?.on("data", (text) => {
    printed += text;
  });
  const code = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code === 0) return output;
  throw new Error(`${command.join(" ")} failed (exit code ${code}):\n${printed.trim()}`);
}

function launch(command: readonly string[], run: Run & { detached?: boolean }): ChildProcess {
  const [program = "", ...parameters] = command;
  return spawn(program, parameters, {
    stdio: [run.detached ? "pipe" : "ignore", "pipe", "pipe"],
    env: { ...process.env, ...run.environment },
    ...(run.folder && { cwd: run.folder }),
    ...(run.detached && { detached: true }),
  });
}

/** Whether a program can be found and started. */
export const isThere = (command: readonly string[]): Promise<boolean> =>
  runProgram(command).then(
    () => true,
    () => false,
  );

/** A port of this machine that nothing uses now. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });

/** Waits until a server answers, with anything; fails when its program has ended, or after `seconds`. */
export async function answers(url: string, running: Running, seconds = 60): Promise<void> {
  for (const until = Date.now() + seconds * 1000; Date.now() < until; await pause(100)) {
    if (running.ended()) throw new Error(`What should answer at ${url} has ended`);
    if (
      await fetch(url).then(
        () => true,
        () => false,
      )
    )
      return;
  }
  throw new Error(`Nothing answers at ${url} after ${seconds} s`);
}
