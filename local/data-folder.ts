import { existsSync } from "node:fs";
import { join } from "node:path";
import { Journal } from "./journal.ts";

/** Files that the services of earlier versions kept their state in. */
const earlier = ["sqs.json", "scheduler.json", "ses.json", "mails.jsonl", "s3.json", "secrets.json"];

/**
 * Opens the journal of everything but tables and objects, which have folders of their own beside it. Without a folder
 * nothing is kept; one that an earlier version made is refused, or its schedules, messages and mails would be lost unseen.
 */
export async function openJournal(dataDir: string | undefined): Promise<Journal> {
  if (dataDir === undefined) return Journal.none();
  const found = earlier.find((name) => existsSync(join(dataDir, name)));
  if (found) {
    throw new Error(
      `${dataDir} was made by an earlier version of Sapa's local host: start with another --data`,
    );
  }
  return Journal.open(join(dataDir, "journal"));
}
