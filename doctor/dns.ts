import type { Resolver } from "node:dns/promises";
import { ask } from "./ask.ts";
import type { Asked, Dns, Identity } from "./facts.ts";

/** What the doctor asks of name servers. */
export type Names = Pick<Resolver, "resolveTxt" | "resolveMx" | "resolveCname">;

const none: Asked<never[]> = { answer: [] };

/** The domain's records that mailbox providers and SES look at. */
export async function lookUp(
  names: Names,
  domain: string | undefined,
  identity: Identity | undefined,
): Promise<Dns> {
  if (!domain) return { dmarc: none, dkim: none, returnPath: { mx: none, spf: none } };
  const returnPath = identity?.mailFrom?.domain ?? `bounce.${domain}`;
  const texts = async (name: string, beginning: string) =>
    (await found(names.resolveTxt(name)))
      .map((parts) => parts.join(""))
      .filter((text) => text.toLowerCase().startsWith(beginning));
  const [dmarc, dkim, mx, spf] = await Promise.all([
    ask(() => texts(`_dmarc.${domain}`, "v=dmarc1")),
    ask(() =>
      Promise.all(
        (identity?.dkimTokens ?? []).map(async (token) => ({
          token,
          leadsTo: await found(names.resolveCname(`${token}._domainkey.${domain}`)),
        })),
      ),
    ),
    ask(async () => (await found(names.resolveMx(returnPath))).map(({ exchange }) => exchange.toLowerCase())),
    ask(() => texts(returnPath, "v=spf1")),
  ]);
  return { dmarc, dkim, returnPath: { mx, spf } };
}

/** A name without such a record has none; only other failures are failures. */
async function found<T>(lookup: Promise<T[]>): Promise<T[]> {
  try {
    return await lookup;
  } catch (error) {
    if (["ENODATA", "ENOTFOUND"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}
