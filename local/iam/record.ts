import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Template } from "../template.ts";
import type { Held, Uses } from "./uses.ts";

/** What the stack's policies grant, and what of it was of use, over all hosts that wrote it down. */
export type Recorded = { hosts: number; granted: Held[]; used: Held[] };

/**
 * Where hosts of this template, and so of this code, write down which rights were of use: the template names each
 * bundle by its content.
 */
const folderOf = (folder: string, template: Template): string =>
  join(folder, createHash("sha256").update(JSON.stringify(template)).digest("hex").slice(0, 24));

/** Adds what one host saw, in a file of its own, since several tests run at once. */
export async function writeRecord(
  folder: string,
  { template, uses }: { template: Template; uses: Uses },
): Promise<void> {
  const place = folderOf(folder, template);
  await mkdir(place, { recursive: true });
  const record = { granted: uses.granted().map(named), used: uses.used().map(named) };
  await writeFile(join(place, `${randomUUID()}.json`), JSON.stringify(record));
}

/** Everything that was written down of this template. */
export async function readRecord(folder: string, template: Template): Promise<Recorded> {
  const place = folderOf(folder, template);
  const files = await readdir(place).catch(() => []);
  const records = await Promise.all(
    files.map(
      async (file): Promise<Omit<Recorded, "hosts">> => JSON.parse(await readFile(join(place, file), "utf8")),
    ),
  );
  return {
    hosts: files.length,
    granted: distinct(records.flatMap(({ granted }) => granted)),
    used: distinct(records.flatMap(({ used }) => used)),
  };
}

export const keyOf = ({ holder, action, resource }: Held): string => `${holder} ${action} ${resource}`;

const distinct = (all: readonly Held[]): Held[] => [
  ...new Map(all.map((held) => [keyOf(held), held])).values(),
];

/**
 * The names by which people know them, the same at each start: `owner-api` and not `Sapa-owner-api`, `tablescustomers`
 * and not `arn:aws:dynamodb:us-east-1:000000000000:table/tablescustomers5ECFC4E7`.
 */
export const named = ({ holder, action, resource }: Held): Held => ({
  holder: withoutSuffix(holder.replace(/^Sapa-/, "")),
  action,
  resource: resource
    .replace(/^arn:aws:[^:]*:[^:]*:[^:]*:/, "")
    .replace(/^(table|role)\//, "")
    .replace(/^(secret:.*)-\w{6}$/, "$1")
    .split("/")
    .map(withoutSuffix)
    .join("/"),
});

/** CDK ends the names that it makes up in eight characters of a hash. */
const withoutSuffix = (name: string): string => name.replace(/[0-9A-F]{8}$/i, "");
