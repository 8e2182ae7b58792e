import type { Records } from "../journal.ts";
import { AwsError, type Json, text } from "./protocol.ts";
import type { EventType } from "./ses-events.ts";

export type Reason = "BOUNCE" | "COMPLAINT";
type Suppressed = { address: string; reason: Reason; at: number };

/** What an account has since November 2019 without asking for it. */
export const accountReasons: readonly Reason[] = ["BOUNCE", "COMPLAINT"];

const simulator = /@simulator\.amazonses\.com$/i;

/**
 * The account-level suppression list: an address that bounced for good or complained is put on it, and mail to it is
 * taken and not sent. For mail with a configuration set that has suppression options these say which reasons count, and
 * an empty list says that none does. Addresses of the mailbox simulator are never put on it.
 * https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html,
 * https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list-config-level.html
 */
export class SuppressionList {
  readonly #records: Records<Suppressed>;
  readonly #suppressed: Map<string, Suppressed>;
  readonly #now: () => number;

  constructor(records: Records<Suppressed>, now: () => number) {
    this.#records = records;
    this.#suppressed = new Map(records.take());
    this.#now = now;
  }

  /** Whether mail to an address is held back, where these reasons count. */
  holds(address: string, reasons: readonly Reason[]): boolean {
    const found = this.#suppressed.get(keyOf(address));
    return found !== undefined && reasons.includes(found.reason);
  }

  /** Puts the recipients that an event tells of on the list, where its reason counts. */
  learn(type: EventType, part: Json, reasons: readonly Reason[]): void {
    const reason = reasonOf(type, part);
    if (!reason || !reasons.includes(reason)) return;
    const recipients = part.bouncedRecipients ?? part.complainedRecipients;
    for (const recipient of Array.isArray(recipients) ? recipients : []) {
      const address = text(recipient?.emailAddress);
      if (address !== undefined && !simulator.test(address)) this.put(address, reason);
    }
  }

  put(address: string, reason: Reason): void {
    const suppressed = { address, reason, at: this.#now() };
    this.#suppressed.set(keyOf(address), suppressed);
    this.#records.put(keyOf(address), suppressed);
  }

  /** Performs SES's calls about one address, `PUT …/suppression/addresses` and `GET` or `DELETE …/{address}`. */
  call(method: string, address: string, input: Json): Json {
    if (method === "PUT") {
      const reason = accountReasons.find((one) => one === input.Reason);
      const given = text(input.EmailAddress);
      if (!reason || !given)
        throw new AwsError("BadRequestException", "EmailAddress and Reason are required.");
      this.put(given, reason);
      return {};
    }
    const found = this.#suppressed.get(keyOf(address));
    if (!found) throw new AwsError("NotFoundException", `${address} is not on the suppression list.`, 404);
    if (method === "DELETE") {
      this.#suppressed.delete(keyOf(address));
      this.#records.delete(keyOf(address));
      return {};
    }
    const { reason: Reason, at } = found;
    return { SuppressedDestination: { EmailAddress: found.address, Reason, LastUpdateTime: at / 1000 } };
  }
}

/** Only a permanent bounce counts; and that a mail was held back is no news of its address. */
function reasonOf(type: EventType, { bounceType, bounceSubType }: Json): Reason | undefined {
  if (type === "Complaint") return "COMPLAINT";
  if (type !== "Bounce" || bounceType !== "Permanent") return undefined;
  return bounceSubType === "OnAccountSuppressionList" ? undefined : "BOUNCE";
}

/** SES takes addresses that differ in case only for the same here. */
const keyOf = (address: string): string => address.trim().toLowerCase();
