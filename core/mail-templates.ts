import { createHash } from "node:crypto";
import {
  AlreadyExistsException,
  BadRequestException,
  CreateEmailTemplateCommand,
  DeleteEmailTemplateCommand,
  NotFoundException,
  TestRenderEmailTemplateCommand,
} from "@aws-sdk/client-sesv2";
import { DeleteCommand, PutCommand, ScanCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import PostalMime from "postal-mime";
import type { Deadline } from "./deadline.ts";
import { SapaError } from "./errors.ts";
import type { Rendered } from "./mail/render.ts";
import type { Skeleton } from "./mail/slots.ts";
import { type Permits, reserve } from "./rate-limit.ts";
import { sesControl } from "./ses.ts";
import * as store from "./store.ts";
import { addSeconds, type Instant } from "./time.ts";

/**
 * A template that SES keeps, and that was seen to render as Sapa does. It is named by its content, so that equal
 * templates of all businesses are kept once, and its name is proof of its check.
 */
export type MailTemplate = { name: string; checkedAt: Instant; usedAt: Instant };

/** SES keeps 20,000 templates a Region: those unused for so long are deleted, and made again should a run want them. */
const unusedSeconds = 90 * 86_400;
/** How stale `usedAt` may get before a run refreshes it. */
const refreshSeconds = 7 * 86_400;

export function nameOf({ template }: Skeleton): string {
  const hash = createHash("sha256").update(JSON.stringify([template.subject, template.html, template.text]));
  return `sapa-${hash.digest("hex").slice(0, 32)}`;
}

/** Whether SES keeps a template of this name that was checked. It counts as used then. */
export async function use(name: string, now: Instant): Promise<boolean> {
  const known = (await store.find("mailTemplates", { name }, { ConsistentRead: true })) as
    | MailTemplate
    | undefined;
  if (!known || addSeconds(known.usedAt, refreshSeconds) > now) return known !== undefined;
  return store.succeeds(
    new UpdateCommand({
      TableName: store.tableName("mailTemplates"),
      Key: { name },
      UpdateExpression: "SET usedAt = :now",
      // One that is just being deleted is not used any more.
      ConditionExpression: "attribute_exists(usedAt)",
      ExpressionAttributeValues: { ":now": now },
    }),
  );
}

/** Remembers that SES keeps a template, and that it was checked. */
export async function remember(name: string, now: Instant): Promise<void> {
  const Item: MailTemplate = { name, checkedAt: now, usedAt: now };
  await store.documents.send(new PutCommand({ TableName: store.tableName("mailTemplates"), Item }));
}

/**
 * Forgets that SES keeps a template, so that the next run makes it again; with `usedAt`, only if no run has used it
 * since. Returns whether it was known.
 */
export async function forget(name: string, usedAt?: Instant): Promise<boolean> {
  try {
    await store.documents.send(
      new DeleteCommand({
        TableName: store.tableName("mailTemplates"),
        Key: { name },
        ConditionExpression: usedAt ? "usedAt = :usedAt" : "attribute_exists(usedAt)",
        ...(usedAt && { ExpressionAttributeValues: { ":usedAt": usedAt } }),
      }),
    );
    return true;
  } catch (error) {
    if (store.conditionFailed(error)) return false;
    throw error;
  }
}

const sweepKey = { name: "sweep#templates" };

/** Takes the day's turn to look for unused templates; false when it was taken. */
export const beginSweep = (now: Instant): Promise<boolean> =>
  store.succeeds(
    new UpdateCommand({
      TableName: store.tableName("account"),
      Key: sweepKey,
      UpdateExpression: "SET #day = :day",
      ConditionExpression: "attribute_not_exists(#day) OR #day < :day",
      ExpressionAttributeNames: { "#day": "day" },
      ExpressionAttributeValues: { ":day": now.slice(0, 10) },
    }),
  );

/** Records looked at by one sweep, which the next one goes on behind. */
const sweptAtOnce = 100;
/** Templates that one sweep deletes, at a second each. */
const maxUnused = 10;

/** Some templates that no run has used for months. */
export async function unused(now: Instant): Promise<MailTemplate[]> {
  const place = await store.find("account", sweepKey);
  const { Items = [], LastEvaluatedKey } = await store.documents.send(
    new ScanCommand({
      TableName: store.tableName("mailTemplates"),
      Limit: sweptAtOnce,
      ...(typeof place?.reachedName === "string" && { ExclusiveStartKey: { name: place.reachedName } }),
    }),
  );
  await store.documents.send(
    new UpdateCommand({
      TableName: store.tableName("account"),
      Key: sweepKey,
      UpdateExpression: "SET reachedName = :reached",
      ExpressionAttributeValues: { ":reached": LastEvaluatedKey?.name ?? null },
    }),
  );
  const before = addSeconds(now, -unusedSeconds);
  return (Items as MailTemplate[]).filter(({ usedAt }) => usedAt < before).slice(0, maxUnused);
}

/** SES takes one call a second for all that does not send, of all functions together: a little less keeps clear of it. */
const controlPlaneRate = 0.9;

/** A permit for one call to SES's control plane, or when to ask again. */
export const controlPlanePermit = (deadline: Deadline): Promise<Permits> =>
  reserve("ses-control-plane", 1, { perSecond: controlPlaneRate, now: deadline.now });

/** Waits for a turn at SES's control plane. @throws SapaError `too-many-requests` when it takes too long. */
export async function controlPlaneTurn(deadline: Deadline): Promise<void> {
  for (;;) {
    const reserved = await controlPlanePermit(deadline);
    if (reserved.granted) return deadline.sleep(reserved.wait);
    if (deadline.remaining() < reserved.wait + 5_000) {
      throw new SapaError(
        "too-many-requests",
        "SES takes one template a second, and others are waiting: try again in a minute",
      );
    }
    await deadline.sleep(Math.max(250, reserved.wait));
  }
}

/** Stores a template at SES; one that is there already is the same, since its name tells its content. */
export async function create(name: string, { template }: Skeleton): Promise<void> {
  try {
    await sesControl.send(
      new CreateEmailTemplateCommand({
        TemplateName: name,
        TemplateContent: { Subject: template.subject, Html: template.html, Text: template.text },
      }),
    );
  } catch (error) {
    if (error instanceof AlreadyExistsException) return;
    if (!(error instanceof BadRequestException)) throw error;
    throw new SapaError("conflict", `SES does not take the template: ${error.message}`);
  }
}

/** A mail of ours has two parts side by side, and headers of a few hundred bytes. */
const mimeLimits = { maxNestingDepth: 5, maxHeadersSize: 65_536 };

/** What SES makes of a stored template, as a mail program reads it. */
export async function testRender(name: string, data: Record<string, string>): Promise<Rendered> {
  const { RenderedTemplate = "" } = await sesControl.send(
    new TestRenderEmailTemplateCommand({ TemplateName: name, TemplateData: JSON.stringify(data) }),
  );
  const { subject = "", html = "", text = "" } = await PostalMime.parse(RenderedTemplate, mimeLimits);
  return { subject, html, text };
}

/** Deletes a template at SES; one that is gone already is fine. */
export async function remove(name: string): Promise<void> {
  try {
    await sesControl.send(new DeleteEmailTemplateCommand({ TemplateName: name }));
  } catch (error) {
    if (!(error instanceof NotFoundException)) throw error;
  }
}
