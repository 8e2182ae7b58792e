import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { expect } from "vitest";
import type { Answer, TestHost } from "./host.ts";

/** A campaign of each kind, with its built-in template: for customers whose birthday it is and who have lapsed. */
export const everyKind = [
  { kind: "birthday", template: "birthday", topic: "birthday" },
  { kind: "winback", template: "winback", topic: "offers", days: 60 },
  { kind: "new-items", template: "new-items", topic: "news" },
  { kind: "broadcast", template: "broadcast", topic: "news" },
];

/** What an owner does through the API, in a test's words. Every step must succeed. */
export function story(host: TestHost, key: () => string) {
  const ask = async (operation: `${string} /${string}`, body?: unknown): Promise<Answer["body"]> => {
    const answer = await host.request(operation, { key: key(), ...(body !== undefined && { body }) });
    expect(answer.status, `${operation}: ${JSON.stringify(answer.body)}`).toBeLessThan(300);
    return answer.body;
  };
  return {
    ask,
    /** A subscribed customer; answers the id. */
    async customer(details: Record<string, unknown>): Promise<string> {
      return (await ask("PUT /v1/customers", { consent: "subscribed", ...details })).id;
    },
    /** An order, by a customer's email; each has an id of its own unless one is given. */
    async order(email: string, placedAt: string, more: Record<string, unknown> = {}): Promise<void> {
      const id = `${email} ${placedAt}`;
      await ask("POST /v1/orders", {
        id,
        customer: { email },
        placedAt,
        total: 2_500_000,
        lines: [],
        ...more,
      });
    },
    /** An active campaign; answers the id. */
    async campaign(details: Record<string, unknown>): Promise<string> {
      const { id } = await ask("POST /v1/campaigns", {
        name: "A campaign",
        topic: "offers",
        schedule: { every: "day", at: "09:00" },
        ...details,
      });
      await ask(`POST /v1/campaigns/${id}/activate`);
      return id;
    },
    /** Runs a campaign now and waits until all of it is done; answers the run with its books. */
    async run(campaign: string): Promise<Answer["body"]> {
      // Two runs of a campaign within one second are the same run.
      await host.moveTo(new Date(host.host.clock.now() + 1_000).toISOString());
      const { id } = await ask(`POST /v1/campaigns/${campaign}/run`);
      await host.host.idle();
      return ask(`GET /v1/runs/${id}`);
    },
    /** The latest run of a campaign, with its books. */
    async lastRun(campaign: string): Promise<Answer["body"]> {
      const { items } = await ask(`GET /v1/runs?campaign=${campaign}&limit=1`);
      return ask(`GET /v1/runs/${items[0].id}`);
    },
  };
}

export const header = (mail: { headers?: { name: string; value: string }[] | undefined }, name: string) =>
  mail.headers?.find((one) => one.name.toLowerCase() === name.toLowerCase())?.value;

/**
 * Takes all permits of the send rate until so many milliseconds from now, as a large run does; without a number, gives
 * them back.
 */
export async function takePermits(test: TestHost, milliseconds = 0): Promise<void> {
  const { host } = test;
  const client = new DynamoDBClient({
    endpoint: `${host.awsUrl}/dynamodb`,
    region: "us-east-1",
    credentials: host.operator,
  });
  await client.send(
    new PutItemCommand({
      TableName: arnOf(test, "AWS::DynamoDB::Table", "account").split("/").at(-1) ?? "",
      Item: {
        name: { S: "rate#sending" },
        nextFree: { N: String(host.clock.now() + milliseconds) },
      },
    }),
  );
  client.destroy();
}

/** The ARN of a resource of the stack, by its type and by a part of its logical id. */
export function arnOf({ host }: TestHost, type: string, name: string): string {
  const found = [...host.stack.resources.values()].find(
    (resource) => resource.type === type && resource.logicalId.toLowerCase().includes(name),
  );
  const arn = found && host.stack.created.get(found.logicalId)?.attributes.Arn;
  if (!arn) throw new Error(`The stack has no ${type} called ${name}`);
  return arn;
}
