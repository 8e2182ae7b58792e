import { isOwnAddress } from "../businesses/senders.ts";
import * as businesses from "../businesses.ts";
import type { Deadline } from "../deadline.ts";
import { raise } from "../events.ts";
import type { BusinessId, ImportId, SignUpId } from "../ids.ts";
import { look } from "../sign-ups/confirm.ts";
import { prefixOf } from "../sign-ups/imported.ts";
import * as signUps from "../sign-ups.ts";
import { addSeconds, instant } from "../time.ts";
import * as timers from "../timers.ts";
import { write } from "./joining.ts";
import { isLate, NotTaken } from "./permit.ts";

/** The letters of an import that are still to be sent: those after the sign-up that was asked last. */
export type Due = { business: BusinessId; import: ImportId; after?: SignUpId | undefined };

/** Letters that are written at once: at about a tenth of a second each, enough for a hundred a second. */
const atATime = 10;
/** While SES takes nothing, as when the day's quota is used up, it is asked again after so many seconds. */
const restSeconds = 900;

/**
 * Asks those whom an import brought in whether they want mail, a few letters after the other: one function at a time
 * keeps to the account's rate without many waiting for it. Out of time it goes on in a further event. Repeating it
 * sends nothing a second time.
 */
export async function askImported(due: Due, deadline: Deadline): Promise<void> {
  const business = await businesses.find(due.business);
  if (!business) return;
  const prefix = prefixOf(due.import);
  let after: SignUpId | undefined = due.after;
  let more = true;
  while (more) {
    const { items, next } = await signUps.page(business.id, { prefix, after, limit: atATime });
    const rest = { business: business.id, import: due.import, ...(after && { after }) };
    if (isLate(deadline)) return raise("letters.due", rest);
    // They wait for the operator to bind it, until they expire.
    const isHeld = items.length > 0 && !isOwnAddress(business, business.sender.address);
    if (isHeld) return later(rest, deadline);
    const asked = await Promise.allSettled(items.map((signUp) => ask(business, signUp, deadline)));
    const errors = asked.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
    const other = errors.find((error) => !(error instanceof NotTaken));
    if (other) throw other;
    // Those of them who got theirs are passed over then.
    if (errors.length > 0) return later(rest, deadline);
    after = items.at(-1)?.id;
    more = next !== undefined;
  }
}

/** Only who was never asked: one who chose meanwhile has answered. */
async function ask(business: businesses.Business, signUp: signUps.SignUp, deadline: Deadline): Promise<void> {
  if (signUp.letterAt) return;
  const standing = await look(business, signUp.id, instant(deadline.now()));
  if (standing.state !== "waiting" || standing.before?.consent !== "pending") return;
  await write({ business, signUp, standing }, deadline);
}

function later(rest: Due, deadline: Deadline): Promise<void> {
  const at = addSeconds(instant(deadline.now()), restSeconds);
  return timers.set({
    name: `letters-${rest.import}-${Math.floor(Date.parse(at) / 1000).toString(36)}`,
    expression: timers.once(at),
    zone: "UTC",
    fires: "SEND_LETTERS_ARN",
    // As the event that is raised when only the time is out.
    input: { "detail-type": "letters.due", detail: rest },
  });
}
