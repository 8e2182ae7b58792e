import type { Facts } from "../facts.ts";
import { type Finding, type Level, unanswered } from "../findings.ts";
import { domainOf } from "./domain.ts";

/** What the facts mean, in the order in which an owner would mend it. */
export function judge(facts: Facts): Finding[] {
  if ("fault" in facts.account) {
    const { fault } = facts.account;
    if (!facts.plan.region) return [{ code: "no-region", level: "blocking", values: {} }];
    const code = /ECONN|ENOTFOUND|EAI_AGAIN|Timeout/i.test(fault) ? "no-connection" : "no-credentials";
    return [{ code, level: "blocking", values: { fault } }];
  }
  const { id } = facts.account.answer;
  const place: Finding = { code: "account", level: "fine", values: { id, region: facts.plan.region ?? "" } };
  return [
    place,
    ...sesOf(facts),
    ...domainOf(facts),
    ...lambdaOf(facts),
    ...probeOf(facts),
    ...stackOf(facts),
  ];
}

function sesOf({ ses, plan }: Facts): Finding[] {
  if ("fault" in ses) {
    return [
      { code: "ses-unanswered", level: "blocking", values: { region: plan.region ?? "", fault: ses.fault } },
    ];
  }
  const { production, sendingEnabled, enforcement, daily, rate } = ses.answer;
  const findings: Finding[] = [];
  if (!sendingEnabled || enforcement === "SHUTDOWN") add(findings, "sending-paused", "blocking");
  else if (enforcement === "PROBATION") add(findings, "probation", "warning");
  if (!production) return [...findings, { code: "sandbox", level: "blocking", values: {} }];
  add(findings, "production", "fine");
  const days = daily < 0 ? 1 : Math.ceil(plan.customers / Math.max(1, daily));
  const hours = Math.max(1, Math.ceil(plan.customers / Math.max(1, rate) / 3_600));
  const values = { customers: plan.customers, daily, rate, days, hours };
  findings.push({ code: days > 1 ? "quota-small" : "quota", level: days > 1 ? "warning" : "fine", values });
  return findings;
}

/** From so many on Lambda lets some be kept for the links in mails (infra/concurrency.ts). */
const enough = 120;

function lambdaOf({ concurrency, stack, plan }: Facts): Finding[] {
  if ("fault" in concurrency) return [unanswered("Lambda", concurrency)];
  const limit = concurrency.answer;
  if (limit < enough) return [{ code: "concurrency-small", level: "warning", values: { limit } }];
  const deployed = "answer" in stack && stack.answer?.outputs.LambdaConcurrency;
  const values = { limit, deployed: deployed || "", name: plan.name };
  return [
    deployed && Number(deployed) !== limit
      ? { code: "concurrency-unused", level: "warning", values }
      : { code: "concurrency", level: "fine", values },
  ];
}

function probeOf({ probe }: Facts): Finding[] {
  if ("fault" in probe) return [unanswered("SES (CreateEmailTemplate, TestRenderEmailTemplate)", probe)];
  const { difference } = probe.answer;
  return difference === undefined
    ? [{ code: "renders", level: "fine", values: {} }]
    : [{ code: "renders-otherwise", level: "blocking", values: { difference } }];
}

function stackOf({ stack, alarms, plan }: Facts): Finding[] {
  const { name } = plan;
  if ("fault" in stack) return [unanswered("CloudFormation", stack)];
  if (!stack.answer) return [{ code: "not-deployed", level: "note", values: { name } }];
  const { status, outputs } = stack.answer;
  const values = { name, status, url: outputs.ApiUrl ?? "" };
  // An update that was rolled back leaves the version before it, which works.
  if (/FAILED|^ROLLBACK_COMPLETE|^REVIEW_IN_PROGRESS/.test(status)) {
    return [{ code: "stack-broken", level: "blocking", values }];
  }
  if (/IN_PROGRESS/.test(status)) return [{ code: "stack-busy", level: "warning", values }];
  const rolledBack = status === "UPDATE_ROLLBACK_COMPLETE";
  const state: Finding = rolledBack
    ? { code: "stack-rolled-back", level: "warning", values }
    : { code: "deployed", level: "fine", values };
  if ("fault" in alarms) return [state, unanswered("CloudWatch", alarms)];
  const findings = [state];
  const raised = alarms.answer.filter((alarm) => alarm.raised);
  for (const { name, description } of raised) {
    findings.push({ code: "alarm", level: "warning", values: { name, description } });
  }
  const count = { count: alarms.answer.length };
  if (alarms.answer.length === 0) add(findings, "no-alarms", "warning");
  else if (raised.length === 0) findings.push({ code: "alarms-quiet", level: "fine", values: count });
  if (alarms.answer.some((alarm) => !alarm.tellsSomeone)) add(findings, "alarms-tell-nobody", "warning");
  return findings;
}

const add = (findings: Finding[], code: Finding["code"], level: Level): void => {
  findings.push({ code, level, values: {} });
};
