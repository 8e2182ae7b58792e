import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { afterAll } from "vitest";
import { functionNames } from "../../infra/functions.ts";
import { settingsFrom } from "../../infra/settings.ts";
import { SapaStack } from "../../infra/stack.ts";

export type Properties = Record<string, unknown>;
export type Resource = {
  id: string;
  type: string;
  properties: Properties;
  deletionPolicy: string | undefined;
};

const { context: flags } = JSON.parse(readFileSync("cdk.json", "utf8"));

/** The settings with which every function is deployed. */
export const everything = { replyDomain: "in.kopisenja.id" };

/** The stack as CloudFormation would get it, with empty files for bundles. */
export function synthesise(context: Record<string, string> = {}) {
  const directory = mkdtempSync(join(tmpdir(), "sapa-infra-"));
  afterAll(() => rmSync(directory, { recursive: true }));
  for (const name of functionNames) {
    mkdirSync(join(directory, "bundles", name), { recursive: true });
    writeFileSync(join(directory, "bundles", name, "index.mjs"), `// ${name}`);
  }
  const app = new App({
    outdir: join(directory, "out"),
    context: { ...flags, ...context },
    stackTraces: false,
    builtinCloudFormationValidation: false,
  });
  const stack = new SapaStack(app, {
    settings: settingsFrom(app.node),
    bundleOf: (name) => join(directory, "bundles", name),
  });
  const template = Template.fromStack(stack).toJSON() as Json & {
    Resources: Record<string, { Type: string; Properties?: Properties; DeletionPolicy?: string }>;
    Outputs: Record<string, { Value: unknown }>;
  };
  const resources = Object.entries(template.Resources).map(
    ([id, { Type, Properties = {}, DeletionPolicy }]): Resource => ({
      id,
      type: Type,
      properties: Properties,
      deletionPolicy: DeletionPolicy,
    }),
  );
  const ofType = (type: string) => resources.filter((resource) => resource.type === type);
  return { app, template, resources, ofType, outputs: template.Outputs };
}
type Json = Record<string, unknown>;

/** A reference as text: `<logicalId>` for Ref, `<logicalId.Arn>` for GetAtt, `<AWS::Region>`. */
export function text(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  const [[kind, content] = ["", ""]] = Object.entries(value);
  if (kind === "Ref") return `<${content}>`;
  if (kind === "Fn::GetAtt") return `<${(content as string[]).join(".")}>`;
  if (kind === "Fn::Join") {
    const [delimiter, parts] = content as [string, unknown[]];
    return parts.map(text).join(delimiter);
  }
  return JSON.stringify(value);
}

export type Statement = {
  effect: string;
  actions: string[];
  resources: string[];
  principal: unknown;
  condition: unknown;
};

export function statementsOf(policyDocument: unknown): Statement[] {
  return (policyDocument as { Statement: Json[] }).Statement.map((statement) => ({
    effect: String(statement.Effect),
    actions: [statement.Action].flat().map(String),
    resources: [statement.Resource].flat().map(text),
    principal: statement.Principal,
    condition: statement.Condition,
  }));
}
