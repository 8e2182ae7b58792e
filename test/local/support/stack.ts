import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Assembly } from "../../../local/synthesis.ts";
import type { Template } from "../../../local/template.ts";

/** A stack whose functions are written down in a test: each one's bundle is the given module text. */
export function stackOf(bundles: Record<string, string>, resources: Template["Resources"] = {}): Assembly {
  const assets = new Map<string, string>();
  const functions: Template["Resources"] = {};
  for (const [id, source] of Object.entries(bundles)) {
    const folder = mkdtempSync(join(tmpdir(), "sapa-test-"));
    writeFileSync(join(folder, "index.mjs"), source);
    assets.set(id.toLowerCase(), folder);
    functions[id] = functionResource(id);
  }
  return { template: { Resources: { ...functions, ...resources } }, assets };
}

/** A function resource, with properties to add or to change. */
export const functionResource = (id: string, properties: Record<string, unknown> = {}) => ({
  Type: "AWS::Lambda::Function",
  Properties: {
    Code: { S3Bucket: "assets", S3Key: `${id.toLowerCase()}.zip` },
    Handler: "index.handler",
    Runtime: "nodejs24.x",
    Timeout: 5,
    MemorySize: 256,
    ...properties,
  },
});

type Statement = { Effect?: "Allow" | "Deny"; Action: unknown; Resource: unknown; Condition?: unknown };

/** Everything: for stacks whose functions' rights are not what a test is about. */
export const everything: Statement = { Action: "*", Resource: "*" };

/** Gives all functions of a stack one role, which may do what the statements say. */
export function withRights({ template, assets }: Assembly, statements: readonly Statement[]): Assembly {
  const Resources = { ...template.Resources, ...roleResources("Role", statements) };
  for (const [id, resource] of Object.entries(Resources)) {
    if (resource.Type !== "AWS::Lambda::Function") continue;
    const Role = { "Fn::GetAtt": ["Role", "Arn"] };
    Resources[id] = { ...resource, Properties: { ...resource.Properties, Role } };
  }
  return { template: { ...template, Resources }, assets };
}

/** A role with this id that Lambda may take, and the policy that says what it may do. */
export const roleResources = (id: string, statements: readonly Statement[]): Template["Resources"] => ({
  [id]: {
    Type: "AWS::IAM::Role",
    Properties: {
      AssumeRolePolicyDocument: {
        Statement: [
          { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "lambda.amazonaws.com" } },
        ],
      },
    },
  },
  [`${id}Policy`]: {
    Type: "AWS::IAM::Policy",
    Properties: {
      PolicyName: `${id}Policy`,
      Roles: [{ Ref: id }],
      PolicyDocument: {
        Statement: statements.map((statement) => ({ Effect: "Allow", ...statement })),
      },
    },
  },
});

/** An HTTP API with one function behind all its routes, and the output that tells its address. */
export function apiResources(functionId: string): Template["Resources"] {
  return {
    Api: { Type: "AWS::ApiGatewayV2::Api", Properties: { Name: "api", ProtocolType: "HTTP" } },
    Integration: {
      Type: "AWS::ApiGatewayV2::Integration",
      Properties: {
        ApiId: { Ref: "Api" },
        IntegrationType: "AWS_PROXY",
        IntegrationUri: { "Fn::GetAtt": [functionId, "Arn"] },
        PayloadFormatVersion: "2.0",
      },
    },
    Route: {
      Type: "AWS::ApiGatewayV2::Route",
      Properties: {
        ApiId: { Ref: "Api" },
        RouteKey: "$default",
        Target: { "Fn::Join": ["", ["integrations/", { Ref: "Integration" }]] },
      },
    },
    Stage: {
      Type: "AWS::ApiGatewayV2::Stage",
      Properties: { ApiId: { Ref: "Api" }, StageName: "$default", AutoDeploy: true },
    },
    Permission: {
      Type: "AWS::Lambda::Permission",
      Properties: {
        Action: "lambda:InvokeFunction",
        FunctionName: { "Fn::GetAtt": [functionId, "Arn"] },
        Principal: "apigateway.amazonaws.com",
        SourceArn: {
          "Fn::Join": ["", ["arn:aws:execute-api:us-east-1:000000000000:", { Ref: "Api" }, "/*/*"]],
        },
      },
    },
  };
}

export const apiUrlOutput = { ApiUrl: { Value: { "Fn::GetAtt": ["Api", "ApiEndpoint"] } } };
