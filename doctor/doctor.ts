/**
 * Looks at an AWS account before and after Sapa is deployed into it, and says in plain words what to do next:
 *
 *     npm run doctor -- --region ap-southeast-3 --domain kopisenja.id --customers 20000 --lang id
 *
 * It changes nothing, but for a template at SES that it makes and takes away again. Exits with 1 when something is in
 * the way of sending mail, with 2 when it was asked wrongly.
 */
import { Resolver } from "node:dns/promises";
import { blocks } from "./findings.ts";
import { judge } from "./judge/judge.ts";
import { type Options, optionsFrom } from "./options.ts";
import { print } from "./print.ts";
import { regionOf } from "./region.ts";

async function main({ customers, domain, name, region: asked, lang }: Options): Promise<void> {
  const region = await regionOf(asked);
  if (region) process.env.AWS_REGION = region;
  // Only now, since the SDK reads the Region when its clients are made.
  const { gather } = await import("./gather.ts");
  const names = new Resolver({ timeout: 5_000, tries: 2 });
  const findings = judge(await gather({ customers, domain, name, region }, names));
  process.stdout.write(print(findings, lang));
  process.exitCode = blocks(findings) ? 1 : 0;
}

try {
  await main(optionsFrom(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
