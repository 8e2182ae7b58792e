import { randomUUID } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Created, Host, Resource, Service } from "../contract.ts";
import { Journal, Records } from "../journal.ts";
import type { Meter } from "../meter.ts";
import { allowOnly, lastOfArn, nameOf, numberOf, refuse } from "../services/properties.ts";
import { AwsError, answering } from "../services/protocol.ts";
import { actionOn } from "../services/target-delivery.ts";
import { AsynchronousInvocations, defaultMaxAgeSeconds, type Settings } from "./asynchronous.ts";
import { Concurrency } from "./concurrency.ts";
import { HostedFunction } from "./hosted-function.ts";
import type { FunctionError } from "./instance.ts";
import { handedOn, maxInvocations, RecursiveInvocation, timesInvoked } from "./lineage.ts";

const properties = [
  ...[
    "FunctionName",
    "Code",
    "Handler",
    "Runtime",
    "Environment",
    "Timeout",
    "RecursiveLoop",
    "MemorySize",
    "DeadLetterConfig",
    "ReservedConcurrentExecutions",
    "RecursiveLoop",
  ],
  // Without effect on what a handler does here: the machine's own processor, roles, logs and tracing serve.
  ...["Architectures", "Role", "Description", "LoggingConfig", "TracingConfig", "Tags"],
];

export type LambdaOptions = {
  /** Folder of each asset, by hash. */
  assets: ReadonlyMap<string, string>;
  offset: Float64Array<SharedArrayBuffer>;
  /** What every function is told besides its own environment: endpoints, region. */
  environment: Record<string, string>;
  /** A function's own access key, by which the host knows who calls. */
  accessKeyOf: (logicalId: string) => string;
  instances: number;
  /** How many functions the account may run at once. */
  concurrency: number;
  /** Whether Lambda stops functions that invoke themselves through a queue, as it does on AWS. */
  detectLoops: boolean;
  journal?: Journal | undefined;
  onLine: (functionName: string, line: string, stream: "stdout" | "stderr") => void;
  onFailure: (error: FunctionError) => void;
  meter?: Meter | undefined;
};

export type Lambda = Service & {
  /** Invokes a function by its ARN, name or logical id and waits for its answer. */
  invoke: Host["invoke"];
};

/** Hosts the functions of the stack, each in its own threads. */
export function lambda(host: Host, options: LambdaOptions): Lambda {
  const functions = new Map<string, HostedFunction>();
  const settings = new Map<string, Settings>();
  /** Functions that may go round in loops. */
  const loopers = new Set<string>();
  const concurrency = new Concurrency(options.concurrency);
  let codeSize = 0;
  const settingsOf = (name: string): Settings =>
    settings.get(name) ?? { retries: 2, maxAgeSeconds: defaultMaxAgeSeconds };
  const asynchronous = new AsynchronousInvocations(host, {
    settingsOf,
    run: (name, event, requestId) => run(hostedOf(name), event, { requestId, traces: [] }),
    records: new Records(options.journal ?? Journal.none(), "invocations"),
  });

  function createFunction(resource: Resource): Created {
    allowOnly(resource, properties);
    const name = nameOf(resource, "FunctionName");
    const arn = `arn:aws:lambda:${host.region}:${host.account}:function:${name}`;
    const memory = numberOf(resource, "MemorySize", 128);
    const { folder, file, handler } = codeOf(resource, options.assets);
    const { LogGroup } = (resource.properties.LoggingConfig ?? {}) as { LogGroup?: string };
    const logGroupName = LogGroup ?? `/aws/lambda/${name}`;
    const checkLog = logChecker(host, { name, logGroupName });
    const { meter } = options;
    const environment = {
      ...options.environment,
      ...ownEnvironment(resource),
      AWS_ACCESS_KEY_ID: options.accessKeyOf(resource.logicalId),
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memory),
      AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
      AWS_LAMBDA_LOG_GROUP_NAME: logGroupName,
      LAMBDA_TASK_ROOT: folder,
      _HANDLER: String(resource.properties.Handler),
    };
    const hosted = new HostedFunction({
      module: pathToFileURL(file).href,
      handler,
      offset: options.offset,
      context: { functionName: name, invokedFunctionArn: arn, memoryLimitInMB: String(memory), logGroupName },
      environment,
      memory,
      timeout: numberOf(resource, "Timeout", 3) * 1000,
      instances: options.instances,
      onLine: options.onLine,
      onFailure: options.onFailure,
      onSpent(spent) {
        // Lambda writes lines of its own about every event, whatever the function prints.
        const problem = checkLog();
        if (problem !== undefined) options.onLine(name, problem, "stderr");
        meter?.invoked({ who: resource.logicalId, ...spent });
      },
    });
    functions.set(name, hosted);
    if (resource.logicalId !== name) functions.set(resource.logicalId, hosted);
    codeSize += statSync(file).size;
    const {
      DeadLetterConfig,
      ReservedConcurrentExecutions,
      RecursiveLoop = "Terminate",
    } = resource.properties;
    if (ReservedConcurrentExecutions !== undefined) {
      concurrency.reserve(name, numberOf(resource, "ReservedConcurrentExecutions", 0));
    }
    if (RecursiveLoop === "Allow") loopers.add(name);
    else if (RecursiveLoop !== "Terminate") refuse(resource, `RecursiveLoop=${RecursiveLoop}`);
    const { TargetArn } = (DeadLetterConfig ?? {}) as { TargetArn?: string };
    settings.set(name, { ...settingsOf(name), onFailure: TargetArn });
    return { ref: name, attributes: { Arn: arn } };
  }

  /** How an event that nobody waits for is retried, and where it goes in the end. */
  function createInvokeConfig(resource: Resource): Created {
    allowOnly(resource, [
      ...[
        "FunctionName",
        "Qualifier",
        "MaximumRetryAttempts",
        "MaximumEventAgeInSeconds",
        "DestinationConfig",
      ],
    ]);
    const { FunctionName, Qualifier, DestinationConfig } = resource.properties;
    const name = lastOfArn(String(FunctionName));
    const config = (DestinationConfig ?? {}) as Record<string, { Destination?: string }>;
    if (Qualifier !== "$LATEST") refuse(resource, `Qualifier=${Qualifier}`);
    if ("OnSuccess" in config) refuse(resource, "DestinationConfig.OnSuccess");
    settings.set(name, {
      retries: numberOf(resource, "MaximumRetryAttempts", 2),
      maxAgeSeconds: numberOf(resource, "MaximumEventAgeInSeconds", defaultMaxAgeSeconds),
      onFailure: config.OnFailure?.Destination ?? settingsOf(name).onFailure,
    });
    return { ref: resource.logicalId, attributes: {} };
  }

  function hostedOf(functionArn: string): HostedFunction {
    const hosted = functions.get(lastOfArn(functionArn));
    if (!hosted) throw new Error(`There is no function ${functionArn}`);
    return hosted;
  }

  type Cause = { requestId: string; traces: readonly (string | undefined)[] };

  async function run(hosted: HostedFunction, event: unknown, { requestId, traces }: Cause): Promise<unknown> {
    const leave = concurrency.enter(hosted.name);
    try {
      const trace = handedOn(traces, hosted.name, host.clock.now());
      return await hosted.invoke(event, { requestId, trace });
    } finally {
      leave();
    }
  }

  /** Stops what goes round in a loop; the event goes where the function's failures go. */
  async function stopLoop({ name }: HostedFunction, event: unknown): Promise<never> {
    const { onFailure } = settingsOf(name);
    if (onFailure) {
      host.allow({ function: name }, actionOn(onFailure), onFailure);
      await host.deliver(onFailure, JSON.stringify(event));
    }
    const stopped = new RecursiveInvocation(name);
    options.onLine(name, stopped.message, "stderr");
    throw stopped;
  }

  /** `GET /2016-08-19/account-settings`, the one call that is answered. */
  const accountSettings = () => ({
    AccountLimit: {
      TotalCodeSize: 80_530_636_800,
      CodeSizeUnzipped: 262_144_000,
      CodeSizeZipped: 52_428_800,
      ConcurrentExecutions: concurrency.limit,
      UnreservedConcurrentExecutions: concurrency.unreserved,
    },
    AccountUsage: { TotalCodeSize: codeSize, FunctionCount: new Set(functions.values()).size },
  });

  return {
    types: ["AWS::Lambda::Function", "AWS::Lambda::EventInvokeConfig"],
    endpoint: "LAMBDA",
    create: async (resource) =>
      resource.type === "AWS::Lambda::Function" ? createFunction(resource) : createInvokeConfig(resource),
    answer: ({ method, path }) =>
      answering(() => {
        if (`${method} ${path}` === "GET /2016-08-19/account-settings") return accountSettings();
        throw new AwsError(
          "UnknownOperationException",
          `${method} ${path} is not answered by the local host`,
          404,
        );
      }),
    async invoke(functionArn, event, { traces = [] } = {}) {
      const hosted = hostedOf(functionArn);
      const isLoop = traces.some((trace) => timesInvoked(trace, hosted.name) >= maxInvocations);
      if (isLoop && options.detectLoops && !loopers.has(hosted.name)) return stopLoop(hosted, event);
      return host.busy(run(hosted, event, { requestId: randomUUID(), traces }));
    },
    deliver(targetArn, payload) {
      if (!targetArn.startsWith("arn:aws:lambda:")) return undefined;
      const hosted = functions.get(lastOfArn(targetArn));
      if (!hosted) return undefined;
      // Accepted is delivered.
      asynchronous.begin(hosted.name, payload);
      return Promise.resolve();
    },
    async start() {
      asynchronous.resume();
    },
    async stop() {
      asynchronous.stop();
      await Promise.all([...new Set(functions.values())].map((hosted) => hosted.stop()));
    },
  };
}

/**
 * Lambda writes the log with the function's role. What a function prints is shown here all the same, but one line says
 * that it would have been lost on AWS.
 */
function logChecker(host: Host, { name, logGroupName }: { name: string; logGroupName: string }) {
  const stream = `log-group:${logGroupName}:log-stream:local`;
  let checked = false;
  return (): string | undefined => {
    if (checked) return undefined;
    checked = true;
    try {
      for (const action of ["logs:CreateLogStream", "logs:PutLogEvents"]) {
        host.allow({ function: name }, action, `arn:aws:logs:${host.region}:${host.account}:${stream}`);
      }
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
}

function codeOf(resource: Resource, assets: ReadonlyMap<string, string>) {
  const { Code, Handler, Runtime } = resource.properties;
  if (!/^nodejs\d+\.x$/.test(String(Runtime))) refuse(resource, `Runtime=${Runtime}`);
  const key = (Code as { S3Key?: unknown } | undefined)?.S3Key;
  const folder = assets.get(String(key).replace(/\.zip$/, ""));
  if (!folder) throw new Error(`its code ${JSON.stringify(Code)} is not among the synthesised assets`);
  const [path = "", handler = ""] = String(Handler).split(/\.(?=[^.]+$)/);
  const file = [".mjs", ".js", ".cjs"]
    .map((end) => join(folder, path + end))
    .find((found) => existsSync(found));
  if (!file) throw new Error(`its handler's file ${path} is not in ${folder}`);
  return { folder, file, handler };
}

function ownEnvironment({ properties }: Resource): Record<string, string> {
  const { Variables = {} } = (properties.Environment ?? {}) as { Variables?: Record<string, unknown> };
  return Object.fromEntries(Object.entries(Variables).map(([name, value]) => [name, String(value)]));
}
