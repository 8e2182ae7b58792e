import type { Created, Resource, Service } from "../contract.ts";
import { allowOnly, nameOf, refuse } from "../services/properties.ts";

/** Roles, their policies, and who else may call a function: read by `identities`, once all of them are there. */
export const iam = ({ account }: { account: string }): Service => ({
  types: ["AWS::IAM::Role", "AWS::IAM::Policy", "AWS::Lambda::Permission"],
  async create(resource) {
    allowOnly(resource, known[resource.type] ?? []);
    return resource.type === "AWS::IAM::Role"
      ? createRole(resource, account)
      : { ref: nameOf(resource, "PolicyName"), attributes: {} };
  },
  async stop() {},
});

const known: Record<string, string[]> = {
  // No managed policies and no boundaries: what they say is not in the template.
  "AWS::IAM::Role": [
    "AssumeRolePolicyDocument",
    "Policies",
    "RoleName",
    "Description",
    "MaxSessionDuration",
    "Tags",
  ],
  "AWS::IAM::Policy": ["PolicyDocument", "PolicyName", "Roles"],
  "AWS::Lambda::Permission": ["Action", "FunctionName", "Principal", "SourceArn", "SourceAccount"],
};

function createRole(resource: Resource, account: string): Created {
  const name = nameOf(resource, "RoleName");
  if (name.length > 64) refuse(resource, `RoleName=${name}, which is longer than 64 characters`);
  return {
    ref: name,
    attributes: { Arn: `arn:aws:iam::${account}:role/${name}`, RoleId: resource.logicalId },
  };
}
