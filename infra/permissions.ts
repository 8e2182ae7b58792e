import { Stack, Validations } from "aws-cdk-lib";
import { type IGrantable, PolicyStatement } from "aws-cdk-lib/aws-iam";
import { Construct, type IConstruct } from "constructs";

/**
 * Allows actions on resources. A resource with a wildcard needs a reason, one sentence, which also answers
 * cdk-nag's finding about it; without one synthesis fails.
 */
export type Permission = {
  actions: readonly string[];
  resources: readonly string[];
  conditions?: Record<string, Record<string, string | string[]>>;
  because?: string;
};

export function allow(grantee: IGrantable, permission: Permission): void {
  const { actions, resources, conditions, because } = permission;
  const role = grantee.grantPrincipal;
  if (!Construct.isConstruct(role)) throw new Error("Only a role of this stack can be given permissions");
  role.addToPrincipalPolicy(
    new PolicyStatement({
      actions: [...actions],
      resources: [...resources],
      ...(conditions && { conditions }),
    }),
  );
  if (!because) return;
  const wildcards = resources
    .map((arn) => flat(Stack.of(role).resolve(arn)))
    .filter((arn) => arn.includes("*"));
  accept(role, Object.fromEntries(wildcards.map((arn) => [`AwsSolutions-IAM5[Resource::${arn}]`, because])));
}

/** Accepts findings of cdk-nag on a construct and what it contains, each for a reason. */
export function accept(construct: IConstruct, reasons: Record<string, string>): void {
  Validations.of(construct).acknowledge(...Object.entries(reasons).map(([id, reason]) => ({ id, reason })));
}

/** A reference as cdk-nag writes it in the ids of its findings: `arn:<AWS::Partition>:ses:…`, `<Bucket.Arn>/imports/*`. */
function flat(reference: unknown): string {
  if (typeof reference === "string") return reference;
  const [[kind, value] = ["", ""]] = Object.entries(reference as Record<string, unknown>);
  if (kind === "Ref") return `<${value}>`;
  if (kind === "Fn::GetAtt") return `<${(value as string[]).join(".")}>`;
  if (kind === "Fn::Join") {
    const [delimiter, parts] = value as [string, unknown[]];
    return parts.map(flat).join(delimiter);
  }
  throw new Error(
    `A permission's resource is written with ${kind}, whose form in cdk-nag's findings is not known`,
  );
}
