import { parseArgs } from "node:util";
import { z } from "zod";
import type { Language } from "./words.ts";

const Options = z.object({
  customers: z.coerce.number("must be a number").int().min(1).max(1_000_000_000).default(1_000),
  domain: z.string().optional(),
  name: z.string().default("Sapa"),
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "must be a Region such as ap-southeast-3")
    .optional(),
  lang: z.enum(["en", "id"], "must be en or id").default("en"),
});
export type Options = z.infer<typeof Options> & { lang: Language };

/**
 * Reads `--customers 20000 --domain kopisenja.id --name Sapa --region ap-southeast-3 --lang id`, all of which may be
 * left out. Throws an error whose message names the wrong one.
 */
export function optionsFrom(args: readonly string[]): Options {
  const names = Object.keys(Options.shape);
  const { values } = parseArgs({
    args: [...args],
    options: Object.fromEntries(names.map((name) => [name, { type: "string" as const }])),
  });
  const parsed = Options.safeParse(values);
  if (parsed.success) return parsed.data;
  throw new Error(
    parsed.error.issues.map(({ path, message }) => `--${path.join(".")}: ${message}`).join("; "),
  );
}
