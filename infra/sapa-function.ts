import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
  Architecture,
  type CfnFunction,
  Code,
  Function as LambdaFunction,
  Runtime,
  Tracing,
} from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import type { TableName } from "../core/tables.ts";
import { type FunctionName, functionSettings } from "./functions.ts";
import { accept, allow } from "./permissions.ts";
import type { Tables } from "./tables.ts";

/** What every function is given. */
export type Foundation = {
  tables: Tables;
  /** The folder with the function's bundle. */
  bundleOf: (name: FunctionName) => string;
  /** Where an event goes that no function could work off: from Scheduler, a rule or an asynchronous call. */
  failedEvents: IQueue;
  /** Whether all businesses share the addresses that bounced or complained. */
  sharedSuppressions: boolean;
  /** Whether X-Ray follows requests and messages. */
  tracing: boolean;
};

export type SapaFunctionProps = Foundation & {
  environment?: Record<string, string>;
  /** Instances that are kept for this function; without it it shares those of the account. */
  reservedConcurrency?: number | undefined;
};

/** The Lambda function's name in the account, known before it exists, so that it may be told its own ARN. */
export const nameInAccount = (stack: Stack, name: FunctionName): string => `${stack.stackName}-${name}`;

/**
 * One deployed function with its log group, its settings (functions.ts), and a role that can write that log,
 * reach those tables, and nothing else.
 */
export class SapaFunction extends LambdaFunction {
  constructor(scope: Construct, name: FunctionName, props: SapaFunctionProps) {
    const { tables, bundleOf, environment, sharedSuppressions, tracing, reservedConcurrency } = props;
    const { memory, timeout, tables: access } = functionSettings[name];
    const stack = Stack.of(scope);
    const logGroup = new LogGroup(scope, `${name}-log`, {
      logGroupName: `/${stack.stackName}/${name}`,
      retention: RetentionDays.ONE_MONTH,
      // Nothing in the log is needed once the stack is gone, and a kept group would block the next deployment.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(scope, `${name}-role`, { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
    super(scope, name, {
      functionName: nameInAccount(stack, name),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(bundleOf(name)),
      handler: "index.handler",
      memorySize: memory,
      timeout: Duration.seconds(timeout),
      ...(reservedConcurrency !== undefined && { reservedConcurrentExecutions: reservedConcurrency }),
      role,
      logGroup,
      // Between functions the SDK's calls carry the trace on, and queues keep it beside the message.
      ...(tracing && { tracing: Tracing.ACTIVE }),
      environment: {
        ...tables.environment(Object.keys(access) as TableName[]),
        POWERTOOLS_SERVICE_NAME: name,
        POWERTOOLS_METRICS_NAMESPACE: stack.stackName,
        // Who looks addresses up has to know whose suppressions count.
        ...(access.suppressions?.some((word) => word.startsWith("get")) && {
          SHARED_SUPPRESSIONS: sharedSuppressions ? "yes" : "no",
        }),
        ...environment,
      },
    });
    allow(this, {
      actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
      resources: [logGroup.logGroupArn],
    });
    tables.grant(this, access);
    if (tracing) {
      accept(role, {
        "AwsSolutions-IAM5[Resource::*]": "X-Ray has no resource to restrict sending traces to.",
      });
    }
  }

  /** Keeps an event that an asynchronous call failed with, after Lambda's own two repetitions. */
  keepFailures(failedEvents: IQueue): void {
    this.configureAsyncInvoke({
      onFailure: { bind: () => ({ destination: failedEvents.queueArn }) },
      retryAttempts: 2,
      maxEventAge: Duration.hours(6),
    });
    // Lambda puts it there with the function's role, which CDK's own destination would also let look at the queue.
    allow(this, { actions: ["sqs:SendMessage"], resources: [failedEvents.queueArn] });
  }
  /**
   * Lets a function send messages to its own queue. Lambda else stops such a chain after 16 invocations; here the
   * function's own code bounds it (AWS Lambda developer guide, "Use Lambda recursive loop detection").
   */
  boundsItsLoop(): void {
    (this.node.defaultChild as CfnFunction).recursiveLoop = "Allow";
  }
}
