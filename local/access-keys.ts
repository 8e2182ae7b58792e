import { createHash } from "node:crypto";

/** Gives each function an access key of its own, so that the host knows who signed a call. */
export function accessKeys() {
  const owners = new Map<string, string>();
  return {
    keyOf(logicalId: string): string {
      const key = `AKIA${createHash("sha256").update(logicalId).digest("hex").slice(0, 16).toUpperCase()}`;
      owners.set(key, logicalId);
      return key;
    },
    ownerOf: (key: string): string | undefined => owners.get(key),
  };
}
