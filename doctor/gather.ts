import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { CloudWatchClient, paginateDescribeAlarms } from "@aws-sdk/client-cloudwatch";
import { GetAccountSettingsCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { GetAccountCommand, GetEmailIdentityCommand, NotFoundException } from "@aws-sdk/client-sesv2";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { sesControl } from "../core/ses.ts";
import { ask } from "./ask.ts";
import { lookUp, type Names } from "./dns.ts";
import type { AlarmState, DeployedStack, Facts, Identity, Plan, SesAccount } from "./facts.ts";
import { tryRendering } from "./probe.ts";

const few = { maxAttempts: 2 };

/** Asks AWS and the name servers. Nothing is changed, but for the probe template, which comes and goes. */
export async function gather(plan: Plan, names: Names): Promise<Facts> {
  const stack = await ask(() => stackOf(plan.name));
  const deployed = "answer" in stack ? stack.answer : undefined;
  const domain = plan.domain ?? domainIn(deployed);
  const [account, ses, identity, concurrency, probe, alarms] = await Promise.all([
    ask(accountOf),
    ask(sesAccount),
    ask(async () => (domain ? identityOf(domain) : undefined)),
    ask(concurrencyOf),
    ask(tryRendering),
    ask(async () => (deployed ? alarmsOf(plan.name) : [])),
  ]);
  const dns = await lookUp(names, domain, "answer" in identity ? identity.answer : undefined);
  return { plan: { ...plan, domain }, account, ses, identity, dns, concurrency, probe, stack, alarms };
}

async function accountOf(): Promise<{ id: string }> {
  const { Account = "" } = await new STSClient(few).send(new GetCallerIdentityCommand({}));
  return { id: Account };
}

async function sesAccount(): Promise<SesAccount> {
  const answer = await sesControl.send(new GetAccountCommand({}));
  const { Max24HourSend = 200, MaxSendRate = 1 } = answer.SendQuota ?? {};
  return {
    production: answer.ProductionAccessEnabled ?? false,
    sendingEnabled: answer.SendingEnabled ?? false,
    enforcement: answer.EnforcementStatus ?? "",
    daily: Max24HourSend,
    rate: MaxSendRate,
  };
}

async function identityOf(domain: string): Promise<Identity | undefined> {
  try {
    const answer = await sesControl.send(new GetEmailIdentityCommand({ EmailIdentity: domain }));
    const { MailFromDomain, MailFromDomainStatus = "" } = answer.MailFromAttributes ?? {};
    return {
      verified: answer.VerifiedForSendingStatus ?? false,
      dkim: answer.DkimAttributes?.Status ?? "",
      dkimTokens: answer.DkimAttributes?.Tokens ?? [],
      dkimZone: answer.DkimAttributes?.SigningHostedZone ?? "dkim.amazonses.com",
      ...(MailFromDomain && { mailFrom: { domain: MailFromDomain, status: MailFromDomainStatus } }),
    };
  } catch (error) {
    if (error instanceof NotFoundException) return undefined;
    throw error;
  }
}

async function concurrencyOf(): Promise<number> {
  const { AccountLimit } = await new LambdaClient(few).send(new GetAccountSettingsCommand({}));
  return AccountLimit?.ConcurrentExecutions ?? 0;
}

async function stackOf(name: string): Promise<DeployedStack | undefined> {
  try {
    const { Stacks = [] } = await new CloudFormationClient(few).send(
      new DescribeStacksCommand({ StackName: name }),
    );
    const [stack] = Stacks;
    if (!stack || stack.StackStatus === "DELETE_COMPLETE") return undefined;
    const outputs = (stack.Outputs ?? []).map(({ OutputKey = "", OutputValue = "" }) => [
      OutputKey,
      OutputValue,
    ]);
    return { status: stack.StackStatus ?? "", outputs: Object.fromEntries(outputs) };
  } catch (error) {
    // CloudFormation has no error of its own for a stack that is not there.
    if (error instanceof Error && /does not exist/.test(error.message)) return undefined;
    throw error;
  }
}

/** `_dmarc.kopisenja.id TXT "…"`, an output of a stack with a sender's domain. */
const domainIn = (stack: DeployedStack | undefined): string | undefined =>
  /^_dmarc\.(\S+)/.exec(stack?.outputs.DmarcRecord ?? "")?.[1];

async function alarmsOf(stack: string): Promise<AlarmState[]> {
  const alarms: AlarmState[] = [];
  // CloudFormation names an alarm by its stack.
  const pages = paginateDescribeAlarms(
    { client: new CloudWatchClient(few) },
    { AlarmNamePrefix: `${stack}-` },
  );
  for await (const { MetricAlarms = [] } of pages) {
    for (const { AlarmName = "", StateValue, AlarmActions = [], AlarmDescription = "" } of MetricAlarms) {
      alarms.push({
        name: AlarmName,
        raised: StateValue === "ALARM",
        tellsSomeone: AlarmActions.length > 0,
        description: AlarmDescription,
      });
    }
  }
  return alarms;
}
