import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { NotHere } from "./cache.ts";
import { answers, freePort, isThere, startProgram } from "./processes.ts";
import { pythonWith } from "./python.ts";

/** MiniStack, an emulator of AWS in one Python process (MIT), and what it needs, all pinned, from PyPI. */
const requirements = fileURLToPath(new URL("ministack.txt", import.meta.url));

export type MiniStack = { endpoint: string; stop: () => Promise<void> };

/** Who speaks to it, as the account's root. */
export const credentials = { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };

type Options = {
  /** Enforces the policies of roles and resources, and speaks TLS, which some of them demand. */
  secured?: boolean;
  /** What the functions that it runs find in their environment besides. */
  environment?: Record<string, string>;
};

/**
 * Starts it on a port of this machine, empty. `NotHere` without Python, or where PyPI can't be reached and no earlier
 * run has installed it.
 */
export async function startMiniStack({
  secured = false,
  environment = {},
}: Options = {}): Promise<MiniStack> {
  if (secured && !(await isThere(["openssl", "version"]))) throw new NotHere("There is no openssl");
  const python = await pythonWith(requirements);
  const folder = await mkdtemp(join(tmpdir(), "sapa-ministack-"));
  const port = await freePort();
  const running = startProgram([python, "-m", "ministack"], {
    log: join(folder, "ministack.log"),
    environment: {
      ...credentials,
      BIND_HOST: "127.0.0.1",
      GATEWAY_PORT: String(port),
      S3_DATA_DIR: join(folder, "s3"),
      STATE_DIR: join(folder, "state"),
      // It unpacks every function, and leaves them there.
      TMPDIR: folder,
      ...(secured && { AUTH: "true", USE_SSL: "1" }),
      ...environment,
    },
  });
  const stop = async () => {
    await running.stop();
    await rm(folder, { recursive: true, force: true });
  };
  const endpoint = `${secured ? "https" : "http"}://127.0.0.1:${port}`;
  try {
    await answers(`${endpoint}/_ministack/health`, running);
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint, stop };
}
