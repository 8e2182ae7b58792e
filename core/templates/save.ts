import { createHash } from "node:crypto";
import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { Business } from "../businesses.ts";
import { SapaError } from "../errors.ts";
import { newId } from "../ids.ts";
import { compile } from "../mail/compile.ts";
import type { CompiledTemplate, TemplateSource } from "../mail/compiled.ts";
import { backOff, conditionFailed, documents, tableName, transact } from "../store.ts";
import {
  findHead,
  type Head,
  headKey,
  isBuiltIn,
  noSuchTemplate,
  type TemplateId,
  type TemplateSummary,
  versionKey,
} from "../templates.ts";
import type { Instant } from "../time.ts";
import { shipped } from "./shipped.ts";

// Loads MJML, by compile.ts: only what runs in owner-api may import this module.

/** DynamoDB takes 400 KB an item, counting names and a few bytes for each value. */
const largestItem = 380_000;

export type Saved = { template: TemplateSummary; outcome: "created" | "updated" | "unchanged" };
export type SaveInput = { id?: TemplateId | undefined; name: string; source: TemplateSource };

export type Saving = {
  now: Instant;
  /** Looks at the compiled template before it is saved, and throws what is against it. */
  check?: (compiled: CompiledTemplate) => Promise<void>;
};

/**
 * Saves an owner's template: without an id as a new one, with one as its next version, unless nothing changed.
 *
 * @throws SapaError `unprocessable` with what is wrong in the source, and nothing is saved.
 */
export async function save(
  business: Business,
  input: SaveInput,
  { now, check = async () => {} }: Saving,
): Promise<Saved> {
  const { id } = input;
  if (id !== undefined) {
    if (isBuiltIn(id)) {
      throw new SapaError(
        "conflict",
        "A built-in template can't be changed: save it as a template of your own",
      );
    }
    const head = await findHead(business.id, id);
    if (!head) throw noSuchTemplate();
  }
  const compiled = await compile(input.source, { attributes: Object.keys(business.attributes) });
  await check(compiled);
  return store(business, { ...input, id: id ?? newId("tpl"), compiled }, now);
}

/**
 * Makes sure that a campaign can use a template, and answers its newest version: a built-in one is written into
 * the business's table when it is first used or has changed with a release of Sapa.
 */
export async function ensure(
  business: Business,
  id: TemplateId,
  now: Instant,
): Promise<{ id: TemplateId; version: number }> {
  const head = await findHead(business.id, id);
  if (!isBuiltIn(id)) {
    if (!head || head.archivedAt) throw noSuchTemplate();
    return { id, version: head.version };
  }
  const { name, source } = shipped[id];
  if (head?.digest === digestOf(name, source)) return { id, version: head.version };
  const compiled = await compileShipped(id);
  const { template } = await store(business, { id, name, source, compiled }, now);
  return { id, version: template.version };
}

/** Puts an owner's template away. Campaigns that use it go on; what is put away already stays so. */
export async function archive(business: Business, id: TemplateId, now: Instant): Promise<void> {
  if (isBuiltIn(id)) throw new SapaError("conflict", "A built-in template can't be archived");
  try {
    await documents.send(
      new UpdateCommand({
        TableName: tableName("templates"),
        Key: headKey(business.id, id),
        UpdateExpression: "SET head.archivedAt = if_not_exists(head.archivedAt, :now)",
        ConditionExpression: "attribute_exists(version)",
        ExpressionAttributeValues: { ":now": now },
      }),
    );
  } catch (error) {
    if (conditionFailed(error)) throw noSuchTemplate();
    throw error;
  }
}

const compiledShipped = new Map<TemplateId, Promise<CompiledTemplate>>();

/** A built-in template is the same for every business: compiled once a process. */
function compileShipped(id: keyof typeof shipped): Promise<CompiledTemplate> {
  const known = compiledShipped.get(id);
  if (known) return known;
  const made = compile(shipped[id].source);
  compiledShipped.set(id, made);
  return made;
}

type Storing = { id: TemplateId; name: string; source: TemplateSource; compiled: CompiledTemplate };

async function store(business: Business, storing: Storing, now: Instant): Promise<Saved> {
  assertFits(storing);
  for (let attempt = 1; attempt <= 10; attempt++) {
    const before = await findHead(business.id, storing.id);
    const digest = digestOf(storing.name, storing.source);
    if (before?.digest === digest && !before.archivedAt) {
      return { template: summaryOf(before), outcome: "unchanged" };
    }
    const head = headOf(storing, before, { digest, now });
    if (await write(business, { storing, head, before, now })) {
      return { template: summaryOf(head), outcome: before ? "updated" : "created" };
    }
    await backOff(attempt);
  }
  throw new SapaError("conflict", "The template kept changing; try again");
}

function headOf(
  { id, name, compiled }: Storing,
  before: Head | undefined,
  { digest, now }: { digest: string; now: Instant },
): Head {
  return {
    id,
    name,
    builtIn: isBuiltIn(id),
    version: (before?.version ?? 0) + 1,
    languages: (["id", "en"] as const).filter((locale) => compiled[locale]),
    createdAt: before?.createdAt ?? now,
    updatedAt: now,
    digest,
  };
}

type Writing = { storing: Storing; head: Head; before: Head | undefined; now: Instant };

/** True when the version and the head that names it were written; false when another save came first. */
async function write(business: Business, { storing, head, before, now }: Writing): Promise<boolean> {
  const { id, source, compiled } = storing;
  const TableName = tableName("templates");
  const condition = before
    ? {
        ConditionExpression: "head.#version = :version",
        ExpressionAttributeNames: { "#version": "version" },
        ExpressionAttributeValues: { ":version": before.version },
      }
    : { ConditionExpression: "attribute_not_exists(business)" };
  const refused = await transact([
    {
      Put: {
        TableName,
        Item: { ...versionKey(business.id, id, head.version), source, compiled, createdAt: now },
        ConditionExpression: "attribute_not_exists(business)",
      },
    },
    { Put: { TableName, Item: { ...headKey(business.id, id), head }, ...condition } },
  ]);
  return refused === undefined;
}

const digestOf = (name: string, source: TemplateSource): string => {
  const { id, en } = source.translations;
  const texts = [id, en].map((one) => (one ? [one.subject, one.mjml, one.text ?? null] : null));
  return createHash("sha256")
    .update(JSON.stringify([name, texts]))
    .digest("hex");
};

export function summaryOf({ digest: _, ...summary }: Head): TemplateSummary {
  return summary;
}

function assertFits({ source, compiled }: Storing): void {
  const bytes = Buffer.byteLength(JSON.stringify({ source, compiled }));
  if (bytes <= largestItem) return;
  throw new SapaError("unprocessable", "The template is too large", [
    { field: "translations", message: `needs ${bytes} bytes with what it compiles to; ${largestItem} fit` },
  ]);
}
