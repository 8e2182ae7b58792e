import { z } from "zod";
import { BusinessId, KeyId } from "./ids.ts";
import { Instant } from "./time.ts";

/** What a key may do: read or write one part of the API. `campaigns:write` can send mail to everyone. */
export const Scope = z.enum([
  "business:read",
  "business:write",
  "keys:read",
  "keys:write",
  "customers:read",
  "customers:write",
  "orders:read",
  "orders:write",
  "items:read",
  "items:write",
  "segments:read",
  "segments:write",
  "templates:read",
  "templates:write",
  "campaigns:read",
  "campaigns:write",
  "runs:read",
]);
export type Scope = z.infer<typeof Scope>;

/** An API key as it is listed; the key itself is shown once, when it is issued, and stored as a hash. */
export const ApiKey = z.object({
  id: KeyId,
  business: BusinessId,
  name: z.string(),
  scopes: z.array(Scope),
  /** The key's last four characters, to tell keys apart. */
  ending: z.string(),
  createdAt: Instant,
  revokedAt: Instant.optional(),
});
export type ApiKey = z.infer<typeof ApiKey>;
