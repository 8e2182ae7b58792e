import { resolve } from "node:path";
import { parseArgs } from "node:util";

export const help = `npm start -- [options]

Runs all of Sapa on this machine, with a demo coffee shop.

  --empty       no demo: an empty Sapa, with the admin key to create a business
  --data DIR    keep everything in this folder, and go on from it at the next start
  --port N      the owner API's port (3000); the public links, the inbox and the AWS calls take the three after it
  --now TIME    start the clock there, such as 2026-12-01 or 2026-12-01T09:00:00+07:00
  --verbose     show everything that the functions print
  --help        this text`;

export type StartOptions = {
  empty: boolean;
  dataDir: string | undefined;
  port: number;
  /** Epoch milliseconds. */
  now: number | undefined;
  verbose: boolean;
  help: boolean;
};

/** What was asked for on the command line; a wrong option is an error of one clear line. */
export function optionsFrom(args: readonly string[]): StartOptions {
  const { values } = parse(args);
  return {
    empty: values.empty ?? false,
    dataDir: values.data === undefined ? undefined : resolve(values.data),
    port: portFrom(values.port ?? "3000"),
    now: values.now === undefined ? undefined : timeFrom(values.now),
    verbose: values.verbose ?? false,
    help: values.help ?? false,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        empty: { type: "boolean" },
        data: { type: "string" },
        port: { type: "string" },
        now: { type: "string" },
        verbose: { type: "boolean" },
        help: { type: "boolean" },
      },
    });
  } catch (error) {
    const [problem = ""] = (error instanceof Error ? error.message : String(error)).split(/\n|\.( |$)/);
    throw new Error(`${problem}; npm start -- --help lists the options`);
  }
}

function portFrom(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_532) return port;
  throw new Error(`--port ${text} is not a port from 1 to 65532`);
}

function timeFrom(text: string): number {
  const time = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw new Error(`--now ${text} is not a time such as 2026-12-01 or 2026-12-01T09:00:00+07:00`);
}
