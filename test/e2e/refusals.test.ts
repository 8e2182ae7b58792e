import { beforeAll, expect, test } from "vitest";
import type { Template } from "../../local/template.ts";
import { useHost } from "../support/host.ts";
import { story } from "../support/story.ts";

/** The stack as it would be if somebody had forgotten one right for each service. */
const missing = [
  ["owner-api", "dynamodb:Scan"],
  ["owner-api", "sqs:SendMessage"],
  ["owner-api", "ses:SendEmail"],
  ["owner-api", "s3:PutObject"],
  ["owner-api", "scheduler:DeleteSchedule"],
  ["owner-api", "events:PutEvents"],
  ["public-links", "secretsmanager:GetSecretValue"],
] as const;

type Statement = { Action: string | string[] };

function forgetful(template: Template): Template {
  const changed = structuredClone(template);
  for (const [name, action] of missing) {
    const policy = Object.entries(changed.Resources).find(
      ([id, { Type }]) => Type === "AWS::IAM::Policy" && id.includes(`${name.replaceAll("-", "")}role`),
    )?.[1].Properties as { PolicyDocument: { Statement: Statement[] } };
    for (const statement of policy.PolicyDocument.Statement) {
      statement.Action = [statement.Action].flat().filter((one) => one !== action);
    }
    policy.PolicyDocument.Statement = policy.PolicyDocument.Statement.filter(
      ({ Action }) => Action.length > 0,
    );
  }
  return changed;
}

const printed: string[] = [];
const host = useHost({
  now: "2026-11-24T01:00:00Z",
  change: forgetful,
  print: (line) => printed.push(line),
});
let shop: { business: string; key: string };
const owner = story(host, () => shop.key);

beforeAll(async () => {
  shop = await host.shop();
});

/** That the operator is told which right is missing; the caller is told nothing of it. */
function expectRefusal(sentence: string, answer?: { status: number; body: unknown }) {
  expect(printed.join("\n")).toContain(sentence);
  if (!answer) return;
  expect(answer.status).toBe(500);
  expect(JSON.stringify(answer.body)).not.toContain("arn:");
}
const notAuthorized = (action: string) => `is not authorized to perform: ${action} on resource: arn:aws:`;

test("without its right to a table, DynamoDB refuses a function", async () => {
  const answer = await host.request("GET /v1/businesses", { key: await host.adminKey() });
  expectRefusal(notAuthorized("dynamodb:Scan"), answer);
});

test("without its right to a queue, SQS refuses a function", async () => {
  await owner.customer({ email: "ani@example.com" });
  const campaign = await owner.campaign({ kind: "broadcast", template: "broadcast", topic: "news" });
  const answer = await host.request(`POST /v1/campaigns/${campaign}/run`, { key: shop.key });
  expectRefusal(notAuthorized("sqs:sendmessage"), answer);
});

test("without its right to send, SES refuses a function", async () => {
  const body = { to: "owner@kopisenja.example" };
  const answer = await host.request("POST /v1/templates/broadcast/test", { key: shop.key, body });
  expectRefusal("is not authorized to perform `ses:SendEmail' on resource `arn:aws:ses:", answer);
});

test("without its right to a bucket, S3 refuses the URL that a function signed", async () => {
  const file = new Blob(["email\n"]);
  const asked = { kind: "customers", format: "csv", size: file.size };
  const { uploadUrl } = await owner.ask("POST /v1/imports", asked);
  const answer = await fetch(uploadUrl, { method: "PUT", body: file });
  expect(answer.status).toBe(403);
  expect(await answer.text()).toMatch(
    /<Code>AccessDenied<.*assumed-role\/\w+\/Sapa-owner-api is not authorized to perform: s3:PutObject/s,
  );
});

test("without its right to schedules, Scheduler refuses a function", async () => {
  const campaign = await owner.campaign({ kind: "birthday", template: "birthday", topic: "birthday" });
  const answer = await host.request(`POST /v1/campaigns/${campaign}/pause`, { key: shop.key });
  expectRefusal(notAuthorized("scheduler:DeleteSchedule"), answer);
});

test("without its right to the bus, EventBridge refuses a function", async () => {
  const body = { name: "Kopi", category: "Kopi", price: { amount: 2_500_000, currency: "IDR" } };
  const answer = await host.request("PUT /v1/items/kopi", { key: shop.key, body });
  expectRefusal(notAuthorized("events:PutEvents"), answer);
});

test("without its right to the secret, Secrets Manager refuses a function", async () => {
  await fetch(`${host.host.publicUrl}/u/any.token`);
  expectRefusal(notAuthorized("secretsmanager:GetSecretValue"));
});
