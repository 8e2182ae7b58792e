import type { Business } from "../businesses.ts";
import type { BusinessId } from "../ids.ts";
import { decodeCursor, encodeCursor, query } from "../store.ts";
import {
  BuiltInId,
  findHead,
  findVersion,
  type Head,
  isBuiltIn,
  noSuchTemplate,
  type Template,
  type TemplateId,
  type TemplateSummary,
  type TemplateVersion,
} from "../templates.ts";
import { shipped } from "./shipped.ts";

type Page = { limit: number; cursor?: string | undefined };

/** A template with its source: its newest version, or the one asked for. */
export async function get(business: Business, id: TemplateId, version?: number): Promise<Template> {
  const head = await findHead(business.id, id);
  if (isBuiltIn(id) && version === undefined) {
    return { ...summaryOfBuiltIn(id, head), source: shipped[id].source };
  }
  const item = head && (await findVersion(business.id, id, version ?? head.version));
  if (!item) throw noSuchTemplate();
  const { digest: _, ...summary } = head;
  return { ...summary, version: version ?? head.version, source: item.source };
}

/** The built-in templates, then the owner's own; without those put away. */
export async function list(
  business: BusinessId,
  page: Page,
): Promise<{ items: TemplateSummary[]; next?: string }> {
  const after = page.cursor === undefined ? undefined : String(decodeCursor(page.cursor).version);
  const { items, next } = await query("templates", {
    KeyConditionExpression: "business = :business AND begins_with(version, :head)",
    ExpressionAttributeValues: { ":business": business, ":head": "head#" },
    Limit: page.limit,
    ...(after && { ExclusiveStartKey: { business, version: after } }),
  });
  const heads = items.map(({ head }) => head as Head);
  const own = heads
    .filter(({ builtIn, archivedAt }) => !builtIn && !archivedAt)
    .map(({ digest: _, ...summary }) => summary);
  const shown = after ? own : [...(await builtIns(business)), ...own];
  return next?.version ? { items: shown, next: encodeCursor({ version: next.version }) } : { items: shown };
}

/** The versions of a template, newest first. */
export async function versions(
  business: BusinessId,
  id: TemplateId,
  page: Page,
): Promise<{ items: TemplateVersion[]; next?: string }> {
  if (!isBuiltIn(id) && !(await findHead(business, id))) throw noSuchTemplate();
  const after = page.cursor === undefined ? undefined : String(decodeCursor(page.cursor).version);
  const { items, next } = await query("templates", {
    KeyConditionExpression: "business = :business AND begins_with(version, :template)",
    ExpressionAttributeValues: { ":business": business, ":template": `${id}#` },
    ProjectionExpression: "version, createdAt",
    ScanIndexForward: false,
    Limit: page.limit,
    ...(after && { ExclusiveStartKey: { business, version: after } }),
  });
  const shown = items.map(({ version, createdAt }) => ({
    version: Number(String(version).slice(id.length + 1)),
    createdAt: String(createdAt),
  }));
  return next?.version ? { items: shown, next: encodeCursor({ version: next.version }) } : { items: shown };
}

const builtIns = (business: BusinessId): Promise<TemplateSummary[]> =>
  Promise.all(BuiltInId.options.map(async (id) => summaryOfBuiltIn(id, await findHead(business, id))));

function summaryOfBuiltIn(id: BuiltInId, head: Head | undefined): TemplateSummary {
  const { name } = shipped[id];
  const languages: TemplateSummary["languages"] = ["id", "en"];
  const { version = 0, createdAt, updatedAt } = head ?? {};
  return {
    id,
    name,
    builtIn: true,
    version,
    languages,
    ...(createdAt && { createdAt }),
    ...(updatedAt && { updatedAt }),
  };
}
