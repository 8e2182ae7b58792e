import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Created, Host, Resource, Service } from "../contract.ts";
import type { Meter } from "../meter.ts";
import { allowOnly, lastOfArn, nameOf, numberOf, refuse } from "../services/properties.ts";
import { actionOn } from "../services/target-delivery.ts";
import { HostedFunction } from "./hosted-function.ts";
import type { FunctionError } from "./instance.ts";

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
  ],
  // Without effect on what a handler does here: the machine's own processor, roles, logs and tracing serve.
  ...["Architectures", "Role", "Description", "LoggingConfig", "TracingConfig", "Tags"],
  // A limit is only ever for AWS's sake; the host has far fewer instances anyway.
  "ReservedConcurrentExecutions",
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
  onLine: (functionName: string, line: string, stream: "stdout" | "stderr") => void;
  onFailure: (error: FunctionError) => void;
  meter?: Meter | undefined;
};

export type Lambda = Service & {
  /** Invokes a function by its ARN, name or logical id and waits for its answer. */
  invoke(functionArn: string, event: unknown): Promise<unknown>;
};

/** What Lambda does with an event that nobody waits for. */
type Asynchronous = { retries: number; onFailure?: string };

/** Hosts the functions of the stack, each in its own threads. */
export function lambda(host: Host, options: LambdaOptions): Lambda {
  const functions = new Map<string, HostedFunction>();
  const asynchronous = new Map<string, Asynchronous>();

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
    const dead = resource.properties.DeadLetterConfig as { TargetArn?: string } | undefined;
    asynchronous.set(name, { retries: 2, ...(dead?.TargetArn && { onFailure: dead.TargetArn }) });
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
    const onFailure = config.OnFailure?.Destination ?? asynchronous.get(name)?.onFailure;
    asynchronous.set(name, {
      retries: numberOf(resource, "MaximumRetryAttempts", 2),
      ...(onFailure && { onFailure }),
    });
    return { ref: resource.logicalId, attributes: {} };
  }

  async function attempt(hosted: HostedFunction, payload: string, retried = 0): Promise<void> {
    const { retries, onFailure } = asynchronous.get(hosted.name) ?? { retries: 2 };
    try {
      await host.busy(hosted.invoke(JSON.parse(payload)));
    } catch {
      if (retried < retries) {
        // Lambda waits one minute before the first retry and two before the second.
        const due = host.clock.now() + 60_000 * (retried + 1);
        host.clock.at(due, () => attempt(hosted, payload, retried + 1), `retry of ${hosted.name}`);
      } else if (onFailure) {
        host.allow({ function: hosted.name }, actionOn(onFailure), onFailure);
        await host.deliver(onFailure, payload);
      }
    }
  }

  return {
    types: ["AWS::Lambda::Function", "AWS::Lambda::EventInvokeConfig"],
    create: async (resource) =>
      resource.type === "AWS::Lambda::Function" ? createFunction(resource) : createInvokeConfig(resource),
    async invoke(functionArn, event) {
      const hosted = functions.get(lastOfArn(functionArn));
      if (!hosted) throw new Error(`There is no function ${functionArn}`);
      return host.busy(hosted.invoke(event));
    },
    deliver(targetArn, payload) {
      if (!targetArn.startsWith("arn:aws:lambda:")) return undefined;
      const hosted = functions.get(lastOfArn(targetArn));
      if (!hosted) return undefined;
      // Accepted is delivered: what becomes of the event is Lambda's own affair from here.
      void host.busy(attempt(hosted, payload));
      return Promise.resolve();
    },
    async stop() {
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
