import { createHash } from "node:crypto";
import { operatorCredentials } from "./environment.ts";
import type { Caller } from "./iam/guard.ts";

/** Gives each function an access key of its own, so that the host knows who signed a call. */
export function accessKeys() {
  const owners = new Map<string, Caller>([[operatorCredentials.accessKeyId, "operator"]]);
  return {
    keyOf(logicalId: string): string {
      const key = `AKIA${createHash("sha256").update(logicalId).digest("hex").slice(0, 16).toUpperCase()}`;
      owners.set(key, { function: logicalId });
      return key;
    },
    /** Who signed a call with this key; an empty one stands for no signature. */
    callerOf: (key: string): Caller => owners.get(key) ?? (key === "" ? "unsigned" : "unknown-key"),
    isKnown: (key: string): boolean => owners.has(key),
  };
}
