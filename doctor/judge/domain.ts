import type { Facts, Identity } from "../facts.ts";
import { type Finding, unanswered } from "../findings.ts";

/** From how many mails a day Gmail takes a sender for a bulk sender, with rules of their own. */
const bulk = 5_000;

/** What the sender's domain lacks for mail to be signed, to come back, and to be believed. */
export function domainOf(facts: Facts): Finding[] {
  const { identity, plan, stack } = facts;
  const { domain } = plan;
  if (!domain) return [{ code: "no-domain", level: "note", values: {} }];
  if ("fault" in identity) return [unanswered("SES (GetEmailIdentity)", identity)];
  const found = identity.answer;
  if (!found) {
    const deployed = "answer" in stack && stack.answer !== undefined;
    return [
      { code: "identity-missing", level: deployed ? "blocking" : "note", values: { domain } },
      ...dmarcOf(facts, domain),
    ];
  }
  return [...verified(facts, domain, found), ...returnPathOf(facts, found), ...dmarcOf(facts, domain)];
}

function verified({ dns }: Facts, domain: string, identity: Identity): Finding[] {
  const { verified, dkim, dkimTokens, dkimZone } = identity;
  if (verified && dkim === "SUCCESS") return [{ code: "identity", level: "fine", values: { domain } }];
  // An address or a domain can be verified otherwise, and mail then goes out unsigned.
  if (verified && dkimTokens.length === 0) {
    return [{ code: "dkim-off", level: "blocking", values: { domain } }];
  }
  if ("fault" in dns.dkim) return [unanswered("DNS", dns.dkim)];
  const lacking = dns.dkim.answer.filter(
    ({ token, leadsTo }) => !leadsTo.some((name) => name.toLowerCase() === `${token}.${dkimZone}`),
  );
  const records = lacking
    .map(({ token }) => `${token}._domainkey.${domain} CNAME ${token}.${dkimZone}`)
    .join("\n");
  return lacking.length > 0
    ? [{ code: "dkim-records", level: "blocking", values: { domain, records } }]
    : [{ code: "identity-pending", level: "blocking", values: { domain } }];
}

/** Without a return path of the domain SPF does not align; DMARC then rests on DKIM alone. */
function returnPathOf({ dns, plan }: Facts, { mailFrom }: Identity): Finding[] {
  if (!mailFrom) return [{ code: "no-return-path", level: "warning", values: { domain: plan.domain ?? "" } }];
  const { mx, spf } = dns.returnPath;
  if ("fault" in mx) return [unanswered("DNS", mx)];
  if ("fault" in spf) return [unanswered("DNS", spf)];
  const host = mailFrom.domain;
  const exchange = `feedback-smtp.${plan.region}.amazonses.com`;
  const lacking = [
    ...(mx.answer.includes(exchange) ? [] : [`${host} MX 10 ${exchange}`]),
    ...(spf.answer.some((text) => text.includes("include:amazonses.com"))
      ? []
      : [`${host} TXT "v=spf1 include:amazonses.com ~all"`]),
  ];
  if (lacking.length > 0) {
    return [{ code: "return-path-records", level: "warning", values: { records: lacking.join("\n") } }];
  }
  return [
    mailFrom.status === "SUCCESS"
      ? { code: "return-path", level: "fine", values: { host } }
      : { code: "return-path-pending", level: "warning", values: { host } },
  ];
}

function dmarcOf({ dns, plan }: Facts, domain: string): Finding[] {
  if ("fault" in dns.dmarc) return [unanswered("DNS", dns.dmarc)];
  const [record, ...others] = dns.dmarc.answer;
  const values = { domain, record: record ?? "" };
  // Gmail, Yahoo and Outlook refuse what bulk senders send without it; RFC 7489, 6.6.3 ignores two of them.
  if (!record) {
    return [{ code: "no-dmarc", level: plan.customers >= bulk ? "blocking" : "warning", values }];
  }
  if (others.length > 0) return [{ code: "many-dmarc", level: "warning", values }];
  return [{ code: "dmarc", level: "fine", values }];
}
