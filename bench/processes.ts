import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { environmentName, type TableName, tables } from "../core/tables.ts";

export type Figures = Record<string, number>;

/** Nothing of this machine's own AWS settings may reach a measured process. */
const environment = {
  PATH: process.env.PATH,
  HOME: "/nonexistent",
  TZ: ":UTC",
  AWS_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: "bench",
  AWS_SECRET_ACCESS_KEY: "bench",
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
  AWS_LAMBDA_FUNCTION_NAME: "Sapa-bench",
  PUBLIC_URL: "https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com",
  CONFIGURATION_SET_NAME: "sapa",
  KEYS_SECRET_ARN: "arn:aws:secretsmanager:us-east-1:000000000000:secret:keys",
  IMPORTS_BUCKET_NAME: "imports",
  EVENT_BUS_NAME: "sapa",
  POWERTOOLS_METRICS_NAMESPACE: "Sapa",
  REQUESTS_PER_MINUTE: "1000000", // the measure is what a request costs
  SHARED_SUPPRESSIONS: "no",
  ...Object.fromEntries((Object.keys(tables) as TableName[]).map((name) => [environmentName(name), name])),
};

/** The bench's AWS: how many customers it has (`small` 20,000, `large` 200,000), and rows of the file in S3. */
export type Aws = { customers?: "small" | "large"; rows?: number };

/** Runs one measured process against an AWS of its own, and answers the figures that it tells. */
export async function measure(
  directory: string,
  { name, argument = "", quick, aws }: { name: string; argument?: string; quick: boolean; aws?: Aws },
): Promise<Figures> {
  const program = (file: string) => join(directory, "bench", `${file}.mjs`);
  const server =
    aws && fork(program("server"), [aws.customers ?? "small", String(aws.rows ?? "")], { env: environment });
  try {
    const url = server ? `http://127.0.0.1:${await told<number>(server)}` : "http://127.0.0.1:9";
    const task = { bundles: join(directory, "functions"), quick };
    const child = fork(program(name), [JSON.stringify(task), argument], {
      env: {
        ...environment,
        AWS_ENDPOINT_URL: url,
        RUNS_QUEUE_URL: `${url}/000000000000/runs`,
        RUNS_QUEUE_ARN: "arn:aws:sqs:us-east-1:000000000000:runs",
        RELEASE_BATCHES_ARN: "arn:aws:lambda:us-east-1:000000000000:function:release-batches",
        SENDS_QUEUE_URL: `${url}/000000000000/sends`,
        FEEDBACK_QUEUE_URL: `${url}/000000000000/feedback`,
      },
      // What functions log goes nowhere, but writing it counts.
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    return await told<Figures>(child);
  } finally {
    server?.kill();
  }
}

/** The first message of a process; an error when it ends without one. */
const told = <T>(child: ChildProcess): Promise<T> =>
  new Promise((resolve, reject) => {
    child.once("message", (message) => resolve(message as T));
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`${child.spawnfile} ended with ${code}`)));
  });
