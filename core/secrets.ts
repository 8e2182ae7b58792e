import { createHash, hkdfSync } from "node:crypto";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { z } from "zod";
import { environment } from "./environment.ts";
import { keyIdOf, type LinkKey } from "./links.ts";

const manager = new SecretsManagerClient({});

/** The stack's one secret. CloudFormation generates the root; who rotates it moves the old one to `previousRoots`. */
const Secret = z.object({
  root: z.string().min(32),
  previousRoots: z.array(z.string().min(32)).default([]),
});

export type Keys = {
  /** What the operator presents to create businesses. */
  adminKey: string;
  /** The first makes links; all of them are good for reading, so that rotating breaks no link in a mail. */
  linkKeys: readonly [LinkKey, ...LinkKey[]];
  /** Hides whom limits count. */
  limitKey: Buffer;
};

let loading: Promise<Keys> | undefined;
let loadedAt = 0;

/** The keys, read once by each process. */
export function keys(): Promise<Keys> {
  loading ??= load().catch((error: unknown) => {
    // The next caller tries again: a moment's fault must not outlast the moment.
    loading = undefined;
    throw error;
  });
  return loading;
}

/**
 * The keys, read again unless that was done in the last minute: for a link that names a key which this process
 * does not know, since it was made after a rotation. `now` is in epoch milliseconds.
 */
export async function newerKeys(now: number): Promise<Keys> {
  if (now - loadedAt > 60_000) {
    loadedAt = now;
    // What is known stays good while Secrets Manager can't be reached: forged links must not stop true ones.
    const newer = await load().catch(() => undefined);
    if (newer) loading = Promise.resolve(newer);
  }
  return keys();
}

/** The keys by which a token can be read: read again where it names one that this process does not know. */
export async function keysFor(token: string, now: number): Promise<Keys> {
  const known = await keys();
  return known.linkKeys.some(({ id }) => id === keyIdOf(token)) ? known : newerKeys(now);
}

/** Derives every key from its root (HKDF of RFC 5869, SHA-256, one label for each use). */
export function derive(secret: unknown): Keys {
  const { root, previousRoots } = Secret.parse(secret);
  return {
    adminKey: `sapa_admin_${hkdf(root, "sapa admin key", 24).toString("base64url")}`,
    linkKeys: [linkKey(root), ...previousRoots.map(linkKey)],
    limitKey: hkdf(root, "sapa limit key", 32),
  };
}

function linkKey(root: string): LinkKey {
  const key = hkdf(root, "sapa link key", 32);
  return { id: createHash("sha256").update(key).digest("hex").slice(0, 4), key };
}

const hkdf = (root: string, label: string, length: number) =>
  Buffer.from(hkdfSync("sha256", root, "", label, length));

async function load(): Promise<Keys> {
  const { SecretString = "" } = await manager.send(
    new GetSecretValueCommand({ SecretId: environment("KEYS_SECRET_ARN") }),
  );
  return derive(JSON.parse(SecretString));
}
