import type { Instant } from "../time.ts";
import { engaged } from "./engagement.ts";
import { type Mail, reachOnce } from "./milestones.ts";
import { isMachine, type Visitor } from "./people.ts";

/** A mail was loaded. Whoever did it, it counts as opened; only a person's opening says something of the customer. */
export async function opened(mail: Mail, visitor: Visitor, at: Instant): Promise<void> {
  if (isMachine(visitor)) return reachOnce(mail, { milestones: ["openedAt"], at });
  await reachOnce(mail, { milestones: ["openedAt", "openedByPersonAt"], at });
  await engaged(mail, "lastOpenedAt", at);
}
