import { spawn } from "node:child_process";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { ListEmailTemplatesCommand, SESv2Client } from "@aws-sdk/client-sesv2";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Names } from "../../doctor/dns.ts";
import type { Facts, Plan } from "../../doctor/facts.ts";
import { judge } from "../../doctor/judge/judge.ts";
import { optionsFrom } from "../../doctor/options.ts";
import { useHost } from "../support/host.ts";

const host = useHost();
const domain = "kopisenja.example";
const plan: Plan = { customers: 20_000, name: "Sapa", region: "us-east-1", domain: undefined };

/** What the local host does not answer for: STS, Lambda's settings, CloudFormation and CloudWatch. */
const rest = createServer(async (request, response) => {
  const asked = await text(request);
  const answer = answers.find(([name]) => asked.includes(name))?.[1];
  response.statusCode = answer ? 200 : 501;
  response.end(answer);
});
const xml = (action: string, content: string) =>
  `<${action}Response><${action}Result>${content}</${action}Result></${action}Response>`;
const answers: [string, string][] = [
  [
    "StackName=Broken",
    xml("DescribeStacks", "<Stacks><member><StackStatus>ROLLBACK_COMPLETE</StackStatus></member></Stacks>"),
  ],
  [
    "StackName=Warung",
    xml("DescribeStacks", "<Stacks><member><StackStatus>CREATE_COMPLETE</StackStatus></member></Stacks>"),
  ],
  ["GetCallerIdentity", xml("GetCallerIdentity", "<Account>123456789012</Account>")],
  ["account-settings", JSON.stringify({ AccountLimit: { ConcurrentExecutions: 10 } })],
  [
    "DescribeStacks",
    xml(
      "DescribeStacks",
      `<Stacks><member><StackName>Sapa</StackName><StackStatus>CREATE_COMPLETE</StackStatus><Outputs>
       <member><OutputKey>ApiUrl</OutputKey><OutputValue>https://api.example.com</OutputValue></member>
       <member><OutputKey>DmarcRecord</OutputKey><OutputValue>_dmarc.${domain} TXT "v=DMARC1; p=none;"</OutputValue></member>
       </Outputs></member></Stacks>`,
    ),
  ],
  [
    "DescribeAlarms",
    JSON.stringify({
      MetricAlarms: [
        {
          AlarmName: "Sapa-bounces",
          StateValue: "ALARM",
          AlarmActions: [],
          AlarmDescription: "Pause campaigns.",
        },
      ],
    }),
  ],
];

const missing = () => Promise.reject(Object.assign(new Error("queryTxt ENODATA"), { code: "ENODATA" }));
/** A domain with one record, of two strings; a longer one has to be put together. */
const names: Names = {
  resolveTxt: (name) =>
    name === `_dmarc.${domain}` ? Promise.resolve([["v=DMARC1; ", "p=none"], ["other"]]) : missing(),
  resolveMx: missing,
  resolveCname: missing,
};

let environment: Record<string, string>;
let gather: (plan: Plan, names: Names) => Promise<Facts>;
beforeAll(async () => {
  await new Promise<void>((resolve) => rest.listen(0, "127.0.0.1", resolve));
  environment = {
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: host.host.operator.accessKeyId,
    AWS_SECRET_ACCESS_KEY: host.host.operator.secretAccessKey,
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(rest.address() as AddressInfo).port}`,
    AWS_ENDPOINT_URL_SESV2: `${host.host.awsUrl}/sesv2`,
  };
  Object.assign(process.env, environment);
  ({ gather } = await import("../../doctor/gather.ts"));
});
afterAll(() => new Promise<void>((resolve) => rest.close(() => resolve())));

test("the doctor asks AWS and name servers, and takes the sender's domain from the stack", async () => {
  const facts = await gather(plan, names);

  expect(facts).toMatchObject({
    plan: { domain },
    account: { answer: { id: "123456789012" } },
    ses: { answer: { production: true, enforcement: "HEALTHY", daily: 500_000, rate: 500 } },
    identity: { answer: { verified: true } },
    concurrency: { answer: 10 },
    stack: { answer: { status: "CREATE_COMPLETE", outputs: { ApiUrl: "https://api.example.com" } } },
    alarms: { answer: [{ name: "Sapa-bounces", raised: true, tellsSomeone: false }] },
  });
  expect(facts.dns.dmarc).toEqual({ answer: ["v=DMARC1; p=none"] });
  expect(facts.dns.returnPath).toEqual({ mx: { answer: [] }, spf: { answer: [] } });
  expect(judge(facts)).toContainEqual(expect.objectContaining({ code: "alarm", level: "warning" }));
});

test("the probe is rendered by SES as Sapa renders it, and is gone afterwards", async () => {
  const { probe } = await gather(plan, names);
  const { TemplatesMetadata } = await new SESv2Client({}).send(new ListEmailTemplatesCommand({}));

  expect(probe).toEqual({ answer: { difference: undefined } });
  expect(TemplatesMetadata).toEqual([]);
});

test("what can't be asked is told apart from what is wrong", async () => {
  const settings = answers.findIndex(([name]) => name === "account-settings");
  const taken = answers.splice(settings, 1);
  const facts = await gather(plan, names);
  answers.push(...taken);

  expect(facts.concurrency).toHaveProperty("fault");
  expect(judge(facts)).toContainEqual(
    expect.objectContaining({ code: "unanswered", values: expect.objectContaining({ service: "Lambda" }) }),
  );
});

test("npm run doctor says in the owner's language what to do, and exits by whether anything is in the way", async () => {
  const [clear, blocked] = await Promise.all([
    doctor("--lang", "id", "--name", "Warung"),
    doctor("--name", "Broken"),
  ]);

  expect(clear.out).toContain("Akun AWS-nya 123456789012, di Region us-east-1.");
  expect(clear.out).toContain("Alarm Sapa-bounces menyala.");
  expect(clear.out).toContain("Tidak ada yang menghalangi.");
  expect(clear.code).toBe(0);
  expect(blocked.out).toContain("The stack Broken is broken (ROLLBACK_COMPLETE).");
  expect(blocked.code).toBe(1);
});

test.each([
  [["--customers", "many"], "--customers: must be a number"],
  [["--lang", "fr"], "--lang: must be en or id"],
  [["--region", "Jakarta"], "--region: must be a Region such as ap-southeast-3"],
  [["--colour", "red"], "Unknown option '--colour'"],
])("a wrong option %o is named", (args, message) => {
  expect(() => optionsFrom(args)).toThrow(message);
});

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return `${request.url} ${request.headers["x-amz-target"]} ${Buffer.concat(chunks)}`;
}

function doctor(...args: string[]): Promise<{ code: number | null; out: string }> {
  return new Promise((resolve) => {
    const child = spawn("node", ["--import", "tsx", "doctor/doctor.ts", ...args], {
      env: { ...process.env, ...environment },
    });
    let out = "";
    child.stdout.on("data", (chunk) => {
      out += chunk;
    });
    child.on("close", (code) => resolve({ code, out }));
  });
}
