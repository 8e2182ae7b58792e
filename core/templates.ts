import { z } from "zod";
import { Locale } from "./businesses.ts";
import { SapaError } from "./errors.ts";
import type { BusinessId } from "./ids.ts";
import { type CompiledTemplate, TemplateSource } from "./mail/compiled.ts";
import { find as read } from "./store.ts";
import { Instant } from "./time.ts";

/** `tpl_…` for the owner's own; a plain name, such as `birthday`, for a built-in one. */
export const TemplateId = z
  .string()
  .regex(/^(tpl_[a-z0-9]{1,32}|[a-z][a-z-]{1,30})$/, "is not a template's id");
export type TemplateId = string;

/** The templates that come with Sapa, which every business has. */
export const BuiltInId = z.enum(["birthday", "winback", "new-items", "broadcast"]);
export type BuiltInId = z.infer<typeof BuiltInId>;
export const isBuiltIn = (id: TemplateId): id is BuiltInId => BuiltInId.safeParse(id).success;

export const TemplateName = z.string().trim().min(1).max(120);

/** A template as it is listed. */
export const TemplateSummary = z.object({
  id: TemplateId,
  name: TemplateName,
  builtIn: z.boolean(),
  /** The newest version; 0 for a built-in template that the business has not used yet. */
  version: z.int(),
  languages: z.array(Locale),
  createdAt: Instant.optional(),
  updatedAt: Instant.optional(),
  /** Set when the owner has put it away: campaigns that use it go on, new ones can't choose it. */
  archivedAt: Instant.optional(),
});
export type TemplateSummary = z.infer<typeof TemplateSummary>;

export const Template = TemplateSummary.extend({ source: TemplateSource });
export type Template = z.infer<typeof Template>;

export const TemplateVersion = z.object({ version: z.int(), createdAt: Instant });
export type TemplateVersion = z.infer<typeof TemplateVersion>;

/** The item that names a template's newest version. Heads sort together, so that a list reads only them. */
export type Head = TemplateSummary & {
  /** SHA-256 of the source and name of the newest version: the same again makes no version. */
  digest: string;
};
export const headKey = (business: BusinessId, id: TemplateId) => ({ business, version: `head#${id}` });

/** The item of one version, which never changes. */
export type VersionItem = { source: TemplateSource; compiled: CompiledTemplate; createdAt: Instant };
export const versionKey = (business: BusinessId, id: TemplateId, version: number) => ({
  business,
  version: `${id}#${String(version).padStart(6, "0")}`,
});

export const noSuchTemplate = () => new SapaError("not-found", "There is no such template");

/** The newest version of a template, read consistently; a built-in one only after it was used (see `ensure`). */
export async function findHead(business: BusinessId, id: TemplateId): Promise<Head | undefined> {
  const item = await read("templates", headKey(business, id), { ConsistentRead: true });
  if (!item) return undefined;
  const { business: _, version: __, head } = item;
  return head as Head;
}

/** Which version of a template a run that starts now uses. An archived template still serves its campaigns. */
export async function current(
  business: BusinessId,
  id: TemplateId,
): Promise<{ id: TemplateId; version: number }> {
  const head = await findHead(business, id);
  if (!head) throw noSuchTemplate();
  return { id, version: head.version };
}

export async function findVersion(
  business: BusinessId,
  id: TemplateId,
  version: number,
): Promise<VersionItem | undefined> {
  return (await read("templates", versionKey(business, id, version))) as VersionItem | undefined;
}

const mostRemembered = 100;
const remembered = new Map<string, CompiledTemplate>();

/** A version ready to be sent. Versions never change, so each is read once a process. */
export async function compiled(
  business: BusinessId,
  id: TemplateId,
  version: number,
): Promise<CompiledTemplate> {
  const key = `${business} ${id} ${version}`;
  const known = remembered.get(key);
  if (known) return known;
  const item = await findVersion(business, id, version);
  if (!item) throw noSuchTemplate();
  if (remembered.size >= mostRemembered) remembered.delete(remembered.keys().next().value ?? "");
  remembered.set(key, item.compiled);
  return item.compiled;
}
