import { hkdfSync } from "node:crypto";

/**
 * The operator's key, which the stack derives from its one secret: whoever can read the secret can have it.
 * HKDF (RFC 5869) with SHA-256, without salt.
 */
export function adminKeyOf(secret: string): string {
  const { root } = JSON.parse(secret) as { root: string };
  return `sapa_admin_${Buffer.from(hkdfSync("sha256", root, "", "sapa admin key", 24)).toString("base64url")}`;
}
