import type { Node } from "constructs";
import { z } from "zod";
import { type TableName as Name, tables } from "../core/tables.ts";

const Domain = z
  .string()
  .regex(/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$/, "must be a domain such as kopisenja.id");

const Senders = z
  .string()
  .transform((text) => text.split(","))
  .pipe(
    z.array(
      z.union([Domain, z.email()], "must be domains and addresses, such as kopisenja.id,halo@kopipagi.id"),
    ),
  );

const TableName = z.enum(Object.keys(tables) as Name[]);

const Flag = z
  .preprocess((given) => String(given), z.enum(["true", "false"], "must be true or false"))
  .transform((given) => given === "true")
  .default(false);

/** The values that `npx cdk deploy -c name=value` takes; all may be left out. */
const shape = {
  /** Names the stack and what it makes: several can live in one account. */
  name: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9-]{0,30}$/, "must begin with a letter, and hold letters, digits and dashes")
    .default("Sapa"),
  /** The domain that mails are sent from: made an SES identity, with its DNS records among the outputs. */
  senderDomain: Domain.optional(),
  /** All domains and addresses that businesses send from, `kopisenja.id,halo@kopipagi.id`: IAM then lets no other through. */
  senders: Senders.optional(),
  /** A domain of its own, at which SES receives mail that unsubscribes; without it nothing of that is deployed. */
  replyDomain: Domain.optional(),
  /** Who is mailed when an alarm goes off. */
  alarmEmail: z.email("must be an email address").optional(),
  /** Whether an address that bounces or complains is suppressed for every business of the stack, not only its own. */
  sharedSuppressions: Flag,
  /** Requests to the owner API that one key may make in a minute; API Gateway lets all keys together make 6,000. */
  requestsPerMinute: z.coerce
    .number("must be a number")
    .int("must be a whole number")
    .min(60, "must be at least 60")
    .max(6000, "must be at most 6000")
    .default(3000),
  /**
   * How many functions the account runs at once, all together (Service Quotas, AWS Lambda, Concurrent executions):
   * what queues may take of it, and what is kept for links in mails, follow from it.
   */
  lambdaConcurrency: z.coerce
    .number("must be a number")
    .int("must be a whole number")
    .min(10, "must be at least 10")
    .max(1_000_000, "must be at most 1000000")
    .default(10),
  /** Whether X-Ray follows each request and message from function to function; beyond what is free it bills. */
  tracing: Flag,
  /** Tables restored from a backup that are used from now on: `customers=Sapa-customers-restored,identities=…`. */
  restoredTables: z
    .string()
    .regex(/^\w+=[\w.-]{3,255}(,\w+=[\w.-]{3,255})*$/, "must read customers=a-table,identities=another-table")
    .transform((text) => Object.fromEntries(text.split(",").map((pair) => pair.split("="))))
    .pipe(z.partialRecord(TableName, z.string()))
    .default({}),
};

export const Settings = z
  .object(shape)
  .refine(({ senderDomain, replyDomain }) => !replyDomain || replyDomain !== senderDomain, {
    path: ["replyDomain"],
    error: "must be a domain of its own, such as in.kopisenja.id: SES receives all its mail",
  });
export type Settings = z.infer<typeof Settings>;

/** Reads the settings from CDK's context; a wrong one is an error that names it. */
export function settingsFrom(node: Node): Settings {
  const given = Object.fromEntries(
    Object.keys(shape).map((key) => [key, node.tryGetContext(key) || undefined]),
  );
  const parsed = Settings.safeParse(given);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `-c ${path.join(".")}: ${message}`);
  throw new Error(`The context is not valid: ${problems.join("; ")}`);
}
