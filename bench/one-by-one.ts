import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SESv2Client, SendEmailCommand } from "@aws-sdk/client-sesv2";
import { DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import * as links from "../core/links.ts";
import { render } from "../core/mail/render.ts";
import { sender } from "../core/mail/sender.ts";
import { viewOf } from "../core/mail/view.ts";
import type { Recipient } from "../core/runs/audience.ts";
import * as templates from "../core/templates.ts";
import { business, items, runs } from "./world.ts";

// The baseline: what one would write first. The same messages, template and links, and for each recipient one
// conditional put, the whole mail rendered, and one SendEmail. No caps, no pace, no receipt: it does less.

const documents = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const ses = new SESv2Client({});
const key = { id: "a1b2", key: Buffer.alloc(32, 7) };
const run = runs.newItems;
const { id: parts } = await templates.compiled(business.id, run.template.id, run.template.version);
if (!parts) throw new Error("The template has no Indonesian");

async function send(recipient: Recipient): Promise<void> {
  await documents.send(
    new PutCommand({
      TableName: "sends",
      Item: { customer: `${business.id}#${recipient.id}`, run: run.id, claimedAt: new Date().toISOString() },
      ConditionExpression: "attribute_not_exists(customer)",
    }),
  );
  const ids = { business: business.id, customer: recipient.id, run: run.id };
  const urls = links.urlsOf(key, { ...ids, email: recipient.email, at: run.scheduledAt });
  const shown = (recipient.items ?? []).flatMap((index) => items[index] ?? []);
  const view = viewOf({
    business,
    customer: recipient,
    locale: "id",
    offer: run.offer,
    items: shown,
    links: urls,
    day: "2026-11-24",
  });
  const { subject, html, text } = render(parts as NonNullable<typeof parts>, view);
  await ses.send(
    new SendEmailCommand({
      ...sender(business),
      Destination: { ToAddresses: [recipient.email] },
      ConfigurationSetName: "sapa",
      Content: {
        Simple: {
          Subject: { Data: subject },
          Body: { Html: { Data: html }, Text: { Data: text } },
          Headers: [
            { Name: "List-Unsubscribe", Value: `<${urls.unsubscribe}>` },
            { Name: "List-Unsubscribe-Post", Value: "List-Unsubscribe=One-Click" },
          ],
        },
      },
    }),
  );
}

/** Sends the mails of a batch's recipients, given as JSON, all at once. */
export async function sendOneByOne(recipients: string): Promise<void> {
  await Promise.all((JSON.parse(recipients) as Recipient[]).map(send));
}
