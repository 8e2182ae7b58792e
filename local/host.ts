import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { accessKeys } from "./access-keys.ts";
import { type HostClock, startClock } from "./clock.ts";
import type { Host, Service } from "./contract.ts";
import { account, functionEnvironment, pseudoParameters, region } from "./environment.ts";
import { type Lambda, lambda } from "./functions/lambda.ts";
import { httpApis } from "./http/apis.ts";
import { awsCalls, pathOf } from "./http/aws-calls.ts";
import { controlOf } from "./http/control.ts";
import { listen } from "./http/listen.ts";
import { inertTypes } from "./inert.ts";
import { references } from "./intrinsics.ts";
import { output } from "./output.ts";
import { awsServices } from "./services.ts";
import type { Assembly } from "./synthesis.ts";
import { createStack, type Stack, type Template } from "./template.ts";
import { work } from "./work.ts";

export type HostOptions = {
  /** The owner API's port; the public links, the inbox and the AWS calls take the three after it. 0 takes free ones. */
  port: number;
  /** Folder that the state is kept in between starts; in memory without it. */
  dataDir?: string | undefined;
  /** Epoch milliseconds to start the clock at; without it the machine's own time, or where a kept clock stands. */
  now?: number | undefined;
  /** Show everything that functions print. */
  verbose?: boolean;
  /** The most instances of each function. */
  instances?: number;
  /** Lines for the terminal. */
  print?: (line: string) => void;
};

export type LocalHost = {
  /** Without a slash at the end. */
  apiUrl: string;
  publicUrl: string;
  awsUrl: string;
  clock: HostClock;
  /** The resolved stack: its resources, what they gave each other, its outputs. */
  stack: Stack;
  host: Host;
  /** Resolves when nothing is under way and no queue has a message to work off. */
  idle: () => Promise<void>;
  stop: () => Promise<void>;
};

/** Hosts a synthesised stack on this machine, until `stop`. */
export async function startHost(assembly: Assembly, options: HostOptions): Promise<LocalHost> {
  const { port, dataDir, instances = 2, print = console.error } = options;
  // Lambda's own zone: code that forgets the business's zone must not work only near the developer.
  process.env.TZ = "UTC";
  if (dataDir) await mkdir(dataDir, { recursive: true });
  const log = output({ verbose: options.verbose ?? false, dataDir, print });
  const { busy, idle } = work();
  const clock = startClock({
    start: options.now ?? (await keptTime(dataDir)),
    idle,
    busy,
    onError: (error, what) => log.error(error, what),
  });
  const keys = accessKeys();
  const services: Service[] = [];

  const calls = awsCalls({
    services: () => services,
    callerOf: keys.ownerOf,
    now: clock.now,
    onError: log.error,
  });
  const aws = await listen(port && port + 3, calls);
  const urlOf = (endpoint: string) => `${aws.url}${pathOf(endpoint)}`;

  const host: Host = {
    clock,
    account,
    region,
    invoke: (functionArn, event) => functions.invoke(functionArn, event),
    deliver: async (targetArn, payload, given) => {
      for (const service of services) {
        const delivery = service.deliver?.(targetArn, payload, given);
        if (delivery) return delivery;
      }
      throw new Error(`Nothing here takes deliveries as ${targetArn}`);
    },
    emit: (bus, event) => made.emit(bus, event),
    busy,
  };
  const made = awsServices(host, { urlOf, dataDir });
  const endpoints = made.services.flatMap(({ endpoint }) => endpoint ?? []);
  const functions: Lambda = lambda(host, {
    assets: assembly.assets,
    offset: clock.offset,
    environment: functionEnvironment(aws.url, endpoints),
    accessKeyOf: keys.keyOf,
    instances,
    onLine: log.line,
    onFailure: log.failure,
  });
  const { template } = assembly;
  const apis = httpApis(host, {
    portOf: (logicalId) => portOf(template, logicalId, port),
    ownRequest: (api, request, response) => api === apiOf(template, "ApiUrl") && control(request, response),
    onError: log.error,
  });
  const control = controlOf({ clock, idle });
  services.push(...made.services, functions, apis, inertTypes({ account, region }));

  const stop = async () => {
    // First what brings in work, then what does it, then what keeps its results.
    clock.stop();
    await apis.stop();
    await functions.stop();
    await Promise.all(made.services.map((service) => service.stop()));
    await aws.stop();
    await keepTime(dataDir, clock);
    log.stop();
  };
  try {
    const stack = await createStack(template, { services, pseudo: pseudoParameters });
    for (const service of services) await service.start?.();
    const { ApiUrl = "", PublicUrl = "" } = stack.outputs;
    return { apiUrl: ApiUrl, publicUrl: PublicUrl, awsUrl: aws.url, clock, stack, host, idle, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The API that an output of the template gives the address of. */
function apiOf(template: Template, output: string): string | undefined {
  return references(template.Outputs?.[output]?.Value)[0];
}

/** The owner API has the port that was asked for, and the public links the next. */
function portOf(template: Template, logicalId: string, port: number): number {
  if (port === 0) return 0;
  const index = ["ApiUrl", "PublicUrl"].findIndex((output) => apiOf(template, output) === logicalId);
  if (index < 0)
    throw new Error("the stack has an API that no output tells the address of: it has no port here");
  return port + index;
}

/** Where the clock stood when the data was kept: time passes meanwhile, but what was moved stays moved. */
async function keptTime(dataDir: string | undefined): Promise<number | undefined> {
  if (!dataDir) return undefined;
  const text = await readFile(join(dataDir, "clock.json"), "utf8").catch(() => undefined);
  return text === undefined ? undefined : Date.now() + Number(JSON.parse(text).offset);
}

async function keepTime(dataDir: string | undefined, { offset }: HostClock): Promise<void> {
  if (dataDir) await writeFile(join(dataDir, "clock.json"), JSON.stringify({ offset: offset[0] }));
}
