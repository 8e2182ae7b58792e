import { Stack } from "aws-cdk-lib";
import { ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { EmailIdentity, Identity, ReceiptRuleSet } from "aws-cdk-lib/aws-ses";
import { Lambda, LambdaInvocationType } from "aws-cdk-lib/aws-ses-actions";
import { Construct } from "constructs";
import type { Events } from "./events.ts";
import type { Keys } from "./keys.ts";
import { type Foundation, SapaFunction } from "./sapa-function.ts";

export type RepliesProps = Foundation & {
  events: Events;
  keys: Keys;
  /** The domain whose mail SES receives; it becomes an identity, since SES takes mail only for those. */
  domain: string;
};

/** Where mail programs send the mail by which a customer unsubscribes (RFC 2369). */
export const unsubscribeAddress = (domain: string): string => `unsubscribe@${domain}`;

/** Mail to the unsubscribe address: from SES to read-replies, once the operator has made the rule set the active one. */
export class Replies extends Construct {
  readonly ruleSetName: string;
  readonly identity: EmailIdentity;

  constructor(scope: Construct, id: string, props: RepliesProps) {
    super(scope, id);
    const { events, keys, failedEvents, domain } = props;
    const stack = Stack.of(this);
    this.identity = new EmailIdentity(this, "identity", { identity: Identity.domain(domain) });
    this.ruleSetName = `${stack.stackName}-replies`;
    const ruleName = "unsubscribe";

    const readReplies = new SapaFunction(this, "read-replies", props);
    readReplies.keepFailures(failedEvents);
    events.giveTo(readReplies);
    keys.giveTo(readReplies);
    // The name by which CDK's action looks for a permission; its own would let in every rule of the account.
    readReplies.addPermission("AllowSes", {
      principal: new ServicePrincipal("ses.amazonaws.com"),
      sourceAccount: stack.account,
      sourceArn: stack.formatArn({
        service: "ses",
        resource: "receipt-rule-set",
        resourceName: `${this.ruleSetName}:receipt-rule/${ruleName}`,
      }),
    });
    const ruleSet = new ReceiptRuleSet(this, "rule-set", { receiptRuleSetName: this.ruleSetName });
    ruleSet.addRule("rule", {
      receiptRuleName: ruleName,
      recipients: [unsubscribeAddress(domain)],
      scanEnabled: true,
      actions: [new Lambda({ function: readReplies, invocationType: LambdaInvocationType.EVENT })],
    });
  }
}
