import type { Created, Resource, Service } from "./contract.ts";

type Naming = { account: string; region: string };
type Inert = { why: string; created?: (resource: Resource, naming: Naming) => Created };

/** Resource types that change nothing about what the product does on one machine, each with the reason. */
const inert: Record<string, Inert> = {
  "AWS::Logs::LogGroup": {
    why: "functions' output goes to the terminal or to the data directory",
    created: ({ logicalId, properties }, { account, region }) => {
      const name = String(properties.LogGroupName ?? logicalId);
      return { ref: name, attributes: { Arn: `arn:aws:logs:${region}:${account}:log-group:${name}:*` } };
    },
  },
  "AWS::CloudWatch::Alarm": {
    why: "nobody is woken by a local stack",
    created: ({ logicalId, properties }, { account, region }) => {
      const name = String(properties.AlarmName ?? logicalId);
      return { ref: name, attributes: { Arn: `arn:aws:cloudwatch:${region}:${account}:alarm:${name}` } };
    },
  },
  "AWS::SES::ReceiptRuleSet": { why: "no mail comes in to one machine" },
  "AWS::SES::ReceiptRule": { why: "as for rule sets" },
  "AWS::CloudWatch::Dashboard": { why: "there are no metrics to show" },
  "AWS::CDK::Metadata": { why: "only tells AWS which construct library was used" },
};

/** Accepts the types above and does nothing with them but answer with their names. */
export const inertTypes = (naming: Naming): Service => ({
  types: Object.keys(inert),
  async create(resource) {
    return inert[resource.type]?.created?.(resource, naming) ?? { ref: resource.logicalId, attributes: {} };
  },
  async stop() {},
});
