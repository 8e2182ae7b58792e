import { createHash } from "node:crypto";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { cached, NotHere } from "./cache.ts";
import { answers, freePort, isThere, runProgram, startProgram } from "./processes.ts";

/**
 * AWS's own DynamoDB Local, from the npm package that carries it for Amplify (Apache-2.0; DynamoDB Local itself is
 * under AWS's licence for it, and is not passed on). It is 57 MB: fetched when a test first needs it, not installed.
 */
const version = "2.9.30";
const sha256 = "3503ffac19f183407909fecdacf4db51ab1fdad1da7b2f177016670b2d80e4b9";

/** Starts it in memory on a free port of this machine; `NotHere` without Java. */
export async function startDynamoDbLocal(): Promise<{ endpoint: string; stop: () => Promise<void> }> {
  if (!(await isThere(["java", "-version"]))) throw new NotHere("There is no Java for DynamoDB Local");
  const emulator = join(await cached(`amplify-dynamodb-simulator-${version}`, unpack), "package/emulator");
  const port = await freePort();
  const running = startProgram(
    [
      "java",
      `-Djava.library.path=${join(emulator, "DynamoDBLocal_lib")}`,
      ...["-jar", join(emulator, "DynamoDBLocal.jar"), "-inMemory", "-sharedDb", "-disableTelemetry"],
      ...["-port", String(port)],
    ],
    // It writes a file about itself to where it is started.
    { log: "/dev/null", folder: emulator },
  );
  const endpoint = `http://127.0.0.1:${port}`;
  try {
    await answers(endpoint, running);
  } catch (error) {
    await running.stop();
    throw error;
  }
  return { endpoint, stop: running.stop };
}

async function unpack(draft: string): Promise<void> {
  await mkdir(draft, { recursive: true });
  const name = `amplify-dynamodb-simulator-${version}.tgz`;
  await runProgram(["npm", "pack", `amplify-dynamodb-simulator@${version}`, "--silent"], { folder: draft });
  const archive = join(draft, name);
  const found = createHash("sha256")
    .update(await readFile(archive))
    .digest("hex");
  if (found !== sha256) throw new Error(`${name} is not what was tested: its SHA-256 is ${found}`);
  await runProgram(["tar", "-xzf", name, "package/emulator"], { folder: draft });
  await rm(archive);
}
