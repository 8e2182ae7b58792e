/**
 * What the deployed stack tells each function. A table's name is in `TABLE_…` (see tables.ts); the rest is
 * here. Reading a value that a function was not given is a bug in the stack, and says which.
 */
const names = [
  "RUNS_QUEUE_URL",
  "RUNS_QUEUE_ARN",
  "SENDS_QUEUE_URL",
  "FEEDBACK_QUEUE_URL",
  "EVENT_BUS_NAME",
  "SCHEDULE_GROUP_NAME",
  "SCHEDULE_ROLE_ARN",
  "SCHEDULE_DEAD_LETTER_ARN",
  "RELEASE_BATCHES_ARN",
  "SETTLE_RUN_ARN",
  "SEND_LETTERS_ARN",
  "CONFIGURATION_SET_NAME",
  "KEYS_SECRET_ARN",
  "PUBLIC_URL",
  "IMPORTS_BUCKET_NAME",
  "REQUESTS_PER_MINUTE",
  "SHARED_SUPPRESSIONS",
  "UNSUBSCRIBE_ADDRESS", // only where the stack receives mail
] as const;
export type EnvironmentName = (typeof names)[number];

export function environment(name: EnvironmentName | `TABLE_${string}`): string {
  const value = process.env[name];
  if (!value) throw new Error(`The environment variable ${name} is not set`);
  return value;
}

/** The same for what only some deployments have. */
export const environmentIfAny = (name: EnvironmentName): string | undefined => process.env[name] || undefined;
