import type { Records } from "../journal.ts";
import { AwsError, type Json } from "./protocol.ts";
import { addressOf } from "./ses-events.ts";

/**
 * Who may send. Locally every domain is verified without DNS, so that any business can be tried; what is listed as
 * unverified, and everything below `.invalid`, is not, so that a refusal can be tried too.
 */
export class Identities {
  readonly #unverified: ReadonlySet<string>;
  readonly #created: Set<string>;
  readonly #records: Records<true>;

  constructor(unverified: readonly string[], records: Records<true>) {
    this.#unverified = new Set(unverified.map((identity) => identity.toLowerCase()));
    this.#records = records;
    this.#created = new Set(records.take().map(([identity]) => identity));
  }

  /** As a template declares it: again at each start. */
  add(identity: string): void {
    this.#created.add(identity.toLowerCase());
    this.#records.put(identity.toLowerCase(), true);
  }

  create(identity: string): Json {
    if (!/^[^\s@]*@?[^\s@]+\.[^\s@]+$/.test(identity)) {
      throw new AwsError("BadRequestException", `${identity} is neither a domain nor an address.`);
    }
    if (this.isCreated(identity))
      throw new AwsError("AlreadyExistsException", `Identity ${identity} already exists.`);
    this.add(identity);
    return this.describe(identity);
  }

  describe(identity: string): Json {
    if (!this.exists(identity)) {
      throw new AwsError("NotFoundException", `Email identity ${identity} does not exist.`, 404);
    }
    const verified = this.isVerified(identity);
    return {
      IdentityType: identity.includes("@") ? "EMAIL_ADDRESS" : "DOMAIN",
      FeedbackForwardingStatus: true,
      VerifiedForSendingStatus: verified,
      VerificationStatus: verified ? "SUCCESS" : "PENDING",
    };
  }

  delete(identity: string): Json {
    this.describe(identity);
    this.#created.delete(identity.toLowerCase());
    this.#records.delete(identity.toLowerCase());
    return {};
  }

  isCreated(identity: string): boolean {
    return this.#created.has(identity.toLowerCase());
  }

  /** Whether SES knows the identity: a domain always, an address only once it was created. */
  exists(identity: string): boolean {
    return this.isCreated(identity) || (!identity.includes("@") && this.isVerified(identity));
  }

  isVerified(identity: string): boolean {
    const name = identity.toLowerCase();
    const domain = name.slice(name.indexOf("@") + 1);
    return !(this.#unverified.has(name) || this.#unverified.has(domain) || /(^|\.)invalid$/.test(domain));
  }

  /** Whether mail may be sent from a mailbox such as `Kopi Senja <halo@example.com>`. */
  maySend(mailbox: string): boolean {
    return this.isVerified(addressOf(mailbox));
  }

  /** In the sandbox mail goes only to the simulator and to identities of one's own. */
  mayReceiveInSandbox(address: string): boolean {
    const domain = address.split("@")[1] ?? "";
    return (
      domain.toLowerCase() === "simulator.amazonses.com" || this.isCreated(address) || this.isCreated(domain)
    );
  }
}
