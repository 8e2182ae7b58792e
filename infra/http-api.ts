import { RemovalPolicy, Stack } from "aws-cdk-lib";
import { AccessLogFormat } from "aws-cdk-lib/aws-apigateway";
import { HttpApi, HttpStage, LogGroupLogDestination } from "aws-cdk-lib/aws-apigatewayv2";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { accept } from "./permissions.ts";
import type { SapaFunction } from "./sapa-function.ts";

export type FunctionApiProps = {
  handler: SapaFunction;
  /** Requests a second, and how many at once, before API Gateway answers 429. */
  throttle: { rateLimit: number; burstLimit: number };
  /** Why the API has no authorizer of its own. */
  openBecause: string;
};

/** An HTTP API whose every request goes to one function. */
export class FunctionApi extends Construct {
  readonly url: string;

  constructor(scope: Construct, id: string, { handler, throttle, openBecause }: FunctionApiProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const api = new HttpApi(this, "api", {
      apiName: `${stack.stackName}-${id}`,
      createDefaultStage: false,
      defaultIntegration: new HttpLambdaIntegration("integration", handler),
    });
    const log = new LogGroup(this, "access-log", {
      logGroupName: `/${stack.stackName}/${id}-access`,
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new HttpStage(this, "stage", {
      httpApi: api,
      stageName: "$default",
      autoDeploy: true,
      throttle,
      accessLogSettings: {
        destination: new LogGroupLogDestination(log),
        // No path: those of links in mails hold tokens, and a mistaken one of the API may hold an address. The function
        // logs the operation under the same request's id.
        format: AccessLogFormat.custom(
          JSON.stringify({
            requestId: "$context.requestId",
            time: "$context.requestTime",
            method: "$context.httpMethod",
            status: "$context.status",
            latency: "$context.responseLatency",
            error: "$context.integrationErrorMessage",
          }),
        ),
      },
    });
    accept(api, { "AwsSolutions-APIG4": openBecause });
    this.url = api.apiEndpoint;
  }
}
