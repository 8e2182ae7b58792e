import { describe, expect, test } from "vitest";
import type { Facts, Identity } from "../../doctor/facts.ts";
import { blocks } from "../../doctor/findings.ts";
import { judge } from "../../doctor/judge/judge.ts";
import { print } from "../../doctor/print.ts";
import { wordsOf } from "../../doctor/words.ts";

const domain = "kopisenja.id";
const identity: Identity = {
  verified: true,
  dkim: "SUCCESS",
  dkimTokens: ["t1", "t2"],
  dkimZone: "dkim.ap-southeast-3.amazonses.com",
  mailFrom: { domain: `bounce.${domain}`, status: "SUCCESS" },
};
/** An account in which everything is as it should be. */
const well: Facts = {
  plan: { customers: 20_000, name: "Sapa", region: "ap-southeast-3", domain },
  account: { answer: { id: "123456789012" } },
  ses: {
    answer: { production: true, sendingEnabled: true, enforcement: "HEALTHY", daily: 50_000, rate: 14 },
  },
  identity: { answer: identity },
  dns: {
    dmarc: { answer: ["v=DMARC1; p=none;"] },
    dkim: {
      answer: ["t1", "t2"].map((token) => ({
        token,
        leadsTo: [`${token}.dkim.ap-southeast-3.amazonses.com`],
      })),
    },
    returnPath: {
      mx: { answer: ["feedback-smtp.ap-southeast-3.amazonses.com"] },
      spf: { answer: ["v=spf1 include:amazonses.com ~all"] },
    },
  },
  concurrency: { answer: 1_000 },
  probe: { answer: { difference: undefined } },
  stack: { answer: { status: "CREATE_COMPLETE", outputs: { ApiUrl: "https://api.example.com" } } },
  alarms: { answer: [{ name: "Sapa-bounces", raised: false, tellsSomeone: true, description: "Pause." }] },
};
const fault = { fault: "AccessDeniedException" };
const ses = (difference: object) => ({ ses: { answer: { ...answerOf(well.ses), ...difference } } });
const answerOf = <T>(asked: { answer: T } | { fault: string }): T => {
  if ("fault" in asked) throw new Error(asked.fault);
  return asked.answer;
};
const pending = { ...identity, verified: false, dkim: "PENDING" };
const stack = (status: string) => ({ stack: { answer: { status, outputs: {} } } });
const dns = (difference: Partial<Facts["dns"]>) => ({ dns: { ...well.dns, ...difference } });
const returnPath = (difference: Partial<Facts["dns"]["returnPath"]>) =>
  dns({ returnPath: { ...well.dns.returnPath, ...difference } });

test("where all is well every finding is fine, and nothing blocks", () => {
  const findings = judge(well);

  expect(findings.map(({ code }) => code)).toEqual([
    "account",
    "production",
    "quota",
    "identity",
    "return-path",
    "dmarc",
    "concurrency",
    "renders",
    "deployed",
    "alarms-quiet",
  ]);
  expect(new Set(findings.map(({ level }) => level))).toEqual(new Set(["fine"]));
  expect(blocks(findings)).toBe(false);
});

/** What is otherwise than well, and what is found of it. */
const cases: [string, Partial<Facts>, string, string][] = [
  ["nobody is signed in", { account: fault }, "no-credentials", "blocking"],
  ["no way to AWS", { account: { fault: "ECONNREFUSED" } }, "no-connection", "blocking"],
  ["no Region", { account: fault, plan: { ...well.plan, region: undefined } }, "no-region", "blocking"],
  ["a Region without SES", { ses: { fault: "ENOTFOUND" } }, "ses-unanswered", "blocking"],
  ["the sandbox", ses({ production: false, daily: 200, rate: 1 }), "sandbox", "blocking"],
  ["paused sending", ses({ sendingEnabled: false }), "sending-paused", "blocking"],
  ["a shut account", ses({ enforcement: "SHUTDOWN" }), "sending-paused", "blocking"],
  ["an account under review", ses({ enforcement: "PROBATION" }), "probation", "warning"],
  ["a quota below the plan", ses({ daily: 10_000 }), "quota-small", "warning"],
  ["no limit a day", ses({ daily: -1 }), "quota", "fine"],
  ["no domain", { plan: { ...well.plan, domain: undefined } }, "no-domain", "note"],
  [
    "a domain that SES does not know, before",
    { identity: { answer: undefined }, stack: { answer: undefined } },
    "identity-missing",
    "note",
  ],
  [
    "a domain that SES does not know, after deployment",
    { identity: { answer: undefined } },
    "identity-missing",
    "blocking",
  ],
  [
    "no DKIM records",
    {
      identity: { answer: pending },
      ...dns({ dkim: { answer: [{ token: "t1", leadsTo: [] }] } }),
    },
    "dkim-records",
    "blocking",
  ],
  [
    "a DKIM record that leads to another Region's zone",
    {
      identity: { answer: pending },
      ...dns({ dkim: { answer: [{ token: "t1", leadsTo: ["t1.dkim.amazonses.com"] }] } }),
    },
    "dkim-records",
    "blocking",
  ],
  ["records that SES has not seen yet", { identity: { answer: pending } }, "identity-pending", "blocking"],
  [
    "a domain whose mail is unsigned",
    { identity: { answer: { verified: true, dkim: "NOT_STARTED", dkimTokens: [], dkimZone: "" } } },
    "dkim-off",
    "blocking",
  ],
  [
    "no return path",
    { identity: { answer: { verified: true, dkim: "SUCCESS", dkimTokens: [], dkimZone: "" } } },
    "no-return-path",
    "warning",
  ],
  ["no MX record", returnPath({ mx: { answer: [] } }), "return-path-records", "warning"],
  [
    "an SPF record of others",
    returnPath({ spf: { answer: ["v=spf1 -all"] } }),
    "return-path-records",
    "warning",
  ],
  [
    "a return path that SES has not seen yet",
    { identity: { answer: { ...identity, mailFrom: { domain: `bounce.${domain}`, status: "PENDING" } } } },
    "return-path-pending",
    "warning",
  ],
  ["a bulk sender without DMARC", dns({ dmarc: { answer: [] } }), "no-dmarc", "blocking"],
  [
    "a small sender without DMARC",
    { ...dns({ dmarc: { answer: [] } }), plan: { ...well.plan, customers: 400 } },
    "no-dmarc",
    "warning",
  ],
  [
    "two DMARC records",
    dns({ dmarc: { answer: ["v=DMARC1; p=none", "v=DMARC1; p=reject"] } }),
    "many-dmarc",
    "warning",
  ],
  ["name servers that don't answer", dns({ dmarc: { fault: "ETIMEOUT" } }), "unanswered", "warning"],
  ["a new account's Lambda", { concurrency: { answer: 10 } }, "concurrency-small", "warning"],
  [
    "a stack that was deployed for a new account's Lambda",
    {
      stack: { answer: { status: "CREATE_COMPLETE", outputs: { ApiUrl: "x", LambdaConcurrency: "10" } } },
    },
    "concurrency-unused",
    "warning",
  ],
  ["Lambda that may not be asked", { concurrency: fault }, "unanswered", "warning"],
  [
    "a rendering of another kind",
    { probe: { answer: { difference: "at character 4" } } },
    "renders-otherwise",
    "blocking",
  ],
  ["a probe that was refused", { probe: fault }, "unanswered", "warning"],
  ["nothing deployed", { stack: { answer: undefined } }, "not-deployed", "note"],
  ["a stack that could not be made", stack("ROLLBACK_COMPLETE"), "stack-broken", "blocking"],
  ["an update that can't be taken back", stack("UPDATE_ROLLBACK_FAILED"), "stack-broken", "blocking"],
  ["an update that was taken back", stack("UPDATE_ROLLBACK_COMPLETE"), "stack-rolled-back", "warning"],
  ["an update under way", stack("UPDATE_IN_PROGRESS"), "stack-busy", "warning"],
  [
    "a raised alarm",
    { alarms: { answer: [{ name: "Sapa-x", raised: true, tellsSomeone: true, description: "Look." }] } },
    "alarm",
    "warning",
  ],
  [
    "alarms that nobody hears",
    { alarms: { answer: [{ name: "Sapa-x", raised: false, tellsSomeone: false, description: "" }] } },
    "alarms-tell-nobody",
    "warning",
  ],
  ["no alarms", { alarms: { answer: [] } }, "no-alarms", "warning"],
];

test.each(cases)("%s is found, and named as grave as it is", (_, difference, code, level) => {
  const findings = judge({ ...well, ...difference });

  expect(findings).toContainEqual(expect.objectContaining({ code, level }));
  expect(blocks(findings)).toBe(findings.some((finding) => finding.level === "blocking"));
});

describe("the words", () => {
  const found = [judge(well), ...cases.map(([, difference]) => judge({ ...well, ...difference }))].flat();

  test("each finding that there are words for is one that some facts give", () => {
    expect(new Set(found.map(({ code }) => code))).toEqual(new Set(Object.keys(wordsOf.en.findings)));
  });

  test.each(["en", "id"] as const)("in %s name all that they say they name", (language) => {
    for (const finding of found) {
      const { says, next = "" } = wordsOf[language].findings[finding.code];
      const names = [...`${says} ${next}`.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(Object.keys(finding.values)).toEqual(expect.arrayContaining(names));
    }
    expect(print(found, language)).not.toMatch(/[{}]|undefined/);
  });

  test("say what to do next wherever something is to be done", () => {
    for (const { code, level } of found) {
      const { id, en } = { id: wordsOf.id.findings[code], en: wordsOf.en.findings[code] };
      expect(Boolean(en.next), code).toBe(Boolean(id.next));
      if (level !== "fine") expect(en.next, code).toBeTruthy();
    }
  });

  test("count in the reader's own way, and say at the end whether anything is in the way", () => {
    expect(print(judge(well), "en")).toContain("a mailing to 20,000 customers takes about 1 h");
    expect(print(judge(well), "en")).toMatch(/Nothing is in the way\.\n$/);
    expect(print(judge(well), "id")).toContain("kiriman ke 20.000 pelanggan");
    expect(print(judge({ ...well, ...ses({ production: false }) }), "id")).toMatch(/selesaikan dulu .*\n$/);
  });

  test("name the very DNS records that are missing", () => {
    const facts = {
      ...well,
      identity: { answer: pending },
      ...dns({ dkim: { answer: [{ token: "t1", leadsTo: [] }] } }),
    };
    expect(print(judge(facts), "en")).toContain(
      "t1._domainkey.kopisenja.id CNAME t1.dkim.ap-southeast-3.amazonses.com",
    );
  });
});
