import { createHash } from "node:crypto";
import { customAlphabet } from "nanoid";
import { z } from "zod";

/** No vowels and no look-alikes: ids can be read out on the phone and spell no words. */
const alphabet = "23456789bcdfghjkmnpqrstvwxyz";
const random = customAlphabet(alphabet, 16);

const prefixes = {
  business: "biz",
  key: "key",
  customer: "cus",
  segment: "seg",
  template: "tpl",
  campaign: "cam",
  run: "run",
  import: "imp",
  signUp: "sup",
  response: "rsp",
  erasure: "era",
} as const;
export type IdPrefix = (typeof prefixes)[keyof typeof prefixes];

/** A fresh id such as `cus_7hkq2m…`: 16 random characters, 77 bits. */
export const newId = <P extends IdPrefix>(prefix: P): `${P}_${string}` => `${prefix}_${random()}`;

/** The schema of ids with this prefix. */
const idOf = <P extends IdPrefix>(prefix: P) =>
  z.templateLiteral([z.literal(prefix), "_", z.string().regex(/^[a-z0-9_-]{1,48}$/)]);

export const BusinessId = idOf("biz");
export type BusinessId = z.infer<typeof BusinessId>;
export const KeyId = idOf("key");
export type KeyId = z.infer<typeof KeyId>;
export const CustomerId = idOf("cus");
export type CustomerId = z.infer<typeof CustomerId>;
export const SegmentId = idOf("seg");
export type SegmentId = z.infer<typeof SegmentId>;
export const CampaignId = idOf("cam");
export type CampaignId = z.infer<typeof CampaignId>;
export const RunId = idOf("run");
export type RunId = z.infer<typeof RunId>;
export const ImportId = idOf("imp");
export type ImportId = z.infer<typeof ImportId>;
export const SignUpId = idOf("sup");
export type SignUpId = z.infer<typeof SignUpId>;
export const ErasureId = idOf("era");
export type ErasureId = z.infer<typeof ErasureId>;
/** What a customer said of one run's mail: made of both ids, so that saying it again changes what was said. */
export const ResponseId = z.templateLiteral(["rsp", "_", z.string().regex(/^[a-z0-9_-]{1,140}$/)]);
export type ResponseId = z.infer<typeof ResponseId>;

/**
 * An id that the owner gives, such as the number on a receipt. `#` parts our keys, and half of a character stands in
 * no address. For readers of JSON Schema, of whom few know classes of Unicode, the control characters are written out.
 */
export const OwnId = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[^#\p{Cc}\p{Cs}]+$/u, "must not hold # or control characters")
  .meta({ pattern: "^[^#\\u0000-\\u001f\\u007f-\\u009f]+$" });

/** A run is one firing of a campaign: the same campaign and scheduled second give the same id. */
export const runIdOf = (campaign: CampaignId, scheduledAt: string): RunId =>
  `run_${campaign.slice("cam_".length)}_${Math.floor(Date.parse(scheduledAt) / 1000).toString(36)}`;

/** Shards of one business's customers: the unit of fan-out, and what keeps one busy business off one partition. */
export const shardCount = 16;

/** `biz_x#07`: the partition of one customer of a business, by the first byte of SHA-256 of the customer's id. */
export const shardOf = (business: BusinessId, customer: CustomerId): string => {
  const byte = createHash("sha256").update(customer).digest()[0] ?? 0;
  return shardAt(business, byte % shardCount);
};

/** The partition with number `shard` (0 to 15) of a business. */
export const shardAt = (business: BusinessId, shard: number): string =>
  `${business}#${String(shard).padStart(2, "0")}`;

export const shardsOf = (business: BusinessId): string[] =>
  Array.from({ length: shardCount }, (_, shard) => shardAt(business, shard));
