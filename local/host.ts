import { accessKeys } from "./access-keys.ts";
import { adminKeyOf } from "./admin-key.ts";
import { type HostClock, startClock } from "./clock.ts";
import type { Host, Service } from "./contract.ts";
import { openJournal } from "./data-folder.ts";
import {
  account,
  functionEnvironment,
  operatorCredentials,
  pseudoParameters,
  region,
  secretAccessKey,
} from "./environment.ts";
import { type Lambda, lambda } from "./functions/lambda.ts";
import { httpApis } from "./http/apis.ts";
import { awsCalls, pathOf } from "./http/aws-calls.ts";
import { controlOf } from "./http/control.ts";
import { listen } from "./http/listen.ts";
import { Guard } from "./iam/guard.ts";
import { writeRecord } from "./iam/record.ts";
import { iam } from "./iam/service.ts";
import { inertTypes } from "./inert.ts";
import { references } from "./intrinsics.ts";
import { Records } from "./journal.ts";
import type { Meter } from "./meter.ts";
import { output } from "./output.ts";
import type { Ses } from "./services/ses.ts";
import { type AwsServices, awsServices, type SendingOptions } from "./services.ts";
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
  /** The most instances of each function at once; two without it. */
  instances?: number;
  /** Lines for the terminal. */
  print?: (line: string) => void;
  /** Counts what AWS would bill. */
  meter?: Meter;
  /** Folder to write down in which rights of the stack's policies were of use. */
  record?: string;
  /** What SES allows the account: mails a second and within 24 hours, calls about templates; and how late its events are. */
  sending?: SendingOptions;
  /** How many functions the account may run at once: 1,000 without it; a new account may have 10. */
  concurrency?: number;
  /** Whether Lambda stops chains in which a function invokes itself through a queue, as it does on AWS. */
  detectLoops?: boolean;
};

export type LocalHost = {
  /** Addresses, without a slash at the end. */
  apiUrl: string;
  publicUrl: string;
  inboxUrl: string;
  awsUrl: string;
  /** What AWS calls from outside are signed with; their caller may do everything. */
  operator: { accessKeyId: string; secretAccessKey: string };
  /** The operator's key to the owner API; an error when the stack has no secret to derive it from. */
  adminKey: () => Promise<string>;
  clock: HostClock;
  ses: Ses;
  /** The resolved stack: its resources, what they gave each other, its outputs. */
  stack: Stack;
  host: Host;
  /** Resolves when nothing is under way and no queue has a message to work off. */
  idle: () => Promise<void>;
  stop: () => Promise<void>;
};

/** Hosts a synthesised stack on this machine, until `stop`. */
export async function startHost({ template, assets }: Assembly, options: HostOptions): Promise<LocalHost> {
  const { port, dataDir, instances = 2, print = console.error, verbose = false, meter, record } = options;
  // Lambda's own zone: code that forgets the business's zone must not work only near the developer.
  process.env.TZ = "UTC";
  const journal = await openJournal(dataDir);
  const log = output({ verbose, dataDir, print });
  const { busy, idle } = work();
  const offsets = new Records<number>(journal, "clock");
  const [kept] = offsets.take();
  const clock = startClock({
    // What was moved stays moved, and time has passed.
    start: options.now ?? (kept && Date.now() + kept[1]),
    onOffset: (offset) => offsets.put("offset", offset),
    ...{ idle, busy, onError: log.error },
  });
  const keys = accessKeys();

  const services: Service[] = [];
  let guard: Guard | undefined;
  const host: Host = {
    clock,
    account,
    region,
    invoke: (functionArn, event, given) => functions.invoke(functionArn, event, given),
    deliver(targetArn, payload, given) {
      meter?.delivered(targetArn, payload);
      return deliver(services, { targetArn, payload, given });
    },
    emit(bus, event) {
      meter?.emitted(event);
      return aws.emit(bus, event);
    },
    allow(actor, action, resource) {
      if (!guard) throw new Error(`${action} before the stack is there`);
      guard.allow(actor, action, resource);
    },
    trusts: (actor) => guard?.trusts(actor) ?? false,
    busy,
  };
  const onError = log.error;
  const calls = await listen(
    port && port + 3,
    awsCalls({
      services: () => services,
      callerOf: keys.callerOf,
      guard: () => guard,
      now: clock.now,
      written: () => journal.written(),
      onError,
      meter,
    }),
  );
  const urlOf = (endpoint: string) => `${calls.url}${pathOf(endpoint)}`;
  const aws: AwsServices = awsServices(host, {
    urlOf,
    inboxPort: port && port + 2,
    secretOf: (key) => (keys.isKnown(key) ? secretAccessKey : undefined),
    dataDir,
    journal,
    sending: options.sending,
  });
  const functions: Lambda = lambda(host, {
    assets,
    offset: clock.offset,
    environment: functionEnvironment(calls.url, [...endpointsOf(aws.services), "LAMBDA"]),
    accessKeyOf: keys.keyOf,
    instances,
    concurrency: options.concurrency ?? 1_000,
    detectLoops: options.detectLoops ?? true,
    journal,
    onLine(name, line, stream) {
      meter?.printed(name, line);
      log.line(name, line, stream);
    },
    meter,
    onFailure: log.failure,
  });
  const control = controlOf({ clock, idle, written: () => journal.written() });
  const ownerApi = apiOf(template, "ApiUrl");
  const apis = httpApis(host, {
    portOf: (logicalId) => portOf(template, { logicalId, port }),
    ownRequest: (api, request, response) => api === ownerApi && control(request, response),
    onError,
  });
  services.push(...aws.services, functions, apis, iam({ account }), inertTypes({ account, region }));

  const stop = async () => {
    // First what brings in work, then what does it, then what keeps its results.
    clock.stop();
    await apis.stop();
    await functions.stop();
    await Promise.all(aws.services.map((service) => service.stop()));
    await calls.stop();
    await journal.close();
    if (guard && record) await writeRecord(record, { template, uses: guard.uses });
    log.stop();
  };
  try {
    const stack = await createStack(template, { services, pseudo: pseudoParameters });
    guard = new Guard(stack, { account, region });
    for (const service of services) await service.start?.();
    const { ApiUrl = "", PublicUrl = "" } = stack.outputs;
    const adminKey = async () => adminKeyOf(await secretOf(stack, aws.services));
    const urls = { apiUrl: ApiUrl, publicUrl: PublicUrl, inboxUrl: aws.ses.inboxUrl, awsUrl: calls.url };
    const operator = operatorCredentials;
    return { ...urls, operator, adminKey, clock, ses: aws.ses, stack, host, idle, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Delivery = {
  targetArn: string;
  payload: string;
  given: { messageGroupId?: string } | undefined;
};

async function deliver(services: readonly Service[], { targetArn, payload, given }: Delivery): Promise<void> {
  for (const service of services) {
    const delivery = service.deliver?.(targetArn, payload, given);
    if (delivery) return delivery;
  }
  throw new Error(`Nothing here takes deliveries as ${targetArn}`);
}

const endpointsOf = (services: readonly Service[]) => services.flatMap(({ endpoint }) => endpoint ?? []);

/** The API that an output of the template gives the address of. */
const apiOf = (template: Template, output: string): string | undefined =>
  references(template.Outputs?.[output]?.Value)[0];

/** The owner API has the port that was asked for, and the public links the next. */
function portOf(template: Template, { logicalId, port }: { logicalId: string; port: number }): number {
  if (port === 0) return 0;
  const index = ["ApiUrl", "PublicUrl"].findIndex((output) => apiOf(template, output) === logicalId);
  if (index < 0) throw new Error("no output tells this API's address, so that it has no port here");
  return port + index;
}

/** What the stack's one secret holds. */
async function secretOf({ resources, created }: Stack, services: readonly Service[]): Promise<string> {
  const secret = [...resources.values()].find(({ type }) => type === "AWS::SecretsManager::Secret");
  const service = services.find(({ endpoint }) => endpoint === "SECRETS_MANAGER");
  const answer = await service?.answer?.({
    method: "POST",
    path: "/",
    query: new URLSearchParams(),
    headers: { "x-amz-target": "secretsmanager.GetSecretValue" },
    body: Buffer.from(JSON.stringify({ SecretId: secret && created.get(secret.logicalId)?.ref })),
    caller: undefined,
  });
  if (answer?.status !== 200) throw new Error("The stack has no secret to derive the admin key from");
  return JSON.parse(String(answer.body)).SecretString;
}
