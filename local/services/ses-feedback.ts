import { randomUUID } from "node:crypto";
import type { Host } from "../contract.ts";
import type { Records } from "../journal.ts";
import type { Json } from "./protocol.ts";
import type { ConfigurationSets } from "./ses-configuration-sets.ts";
import { type EventType, type SentMail, sesEvent } from "./ses-events.ts";

/** A mail that SES took, and the configuration set that it was sent with. */
export type Sent = { mail: SentMail; set: string | undefined };
/** What happened to a mail, in its order. */
export type Happening = { sent: Sent; events: { type: EventType; part: Json }[] };
/** What is to be published; `due` in epoch milliseconds. */
type Pending = { due: number; happenings: readonly Happening[] };

/** Publishes what happens to mails, to EventBridge: a little after it happened, or as late as the host is told. */
export class Feedback {
  readonly #host: Host;
  readonly #sets: ConfigurationSets;
  readonly #records: Records<Pending>;
  #lag: number;

  constructor(
    host: Host,
    sets: ConfigurationSets,
    { records, lag }: { records: Records<Pending>; lag: number },
  ) {
    this.#host = host;
    this.#sets = sets;
    this.#records = records;
    this.#lag = lag;
  }

  /** From now on, what happens is published so many milliseconds later, by the host's clock. */
  delay(milliseconds: number): void {
    this.#lag = milliseconds;
  }

  /** Resolves when the events are published, or put off. */
  note(happenings: readonly Happening[]): Promise<void> {
    if (happenings.length === 0) return Promise.resolve();
    const id = randomUUID();
    const pending = { due: this.#host.clock.now() + this.#lag, happenings };
    this.#records.put(id, pending);
    if (this.#lag > 0) {
      this.#plan(id, pending);
      return Promise.resolve();
    }
    // After the answer to the call that sent the mails, as SES's events mostly come.
    const soon = new Promise<void>((resolve) => setImmediate(resolve));
    return this.#host.busy(soon.then(() => this.#publish(id, pending)));
  }

  /** Goes on with what an earlier host had noted. */
  resume(): void {
    for (const [id, pending] of this.#records.take()) this.#plan(id, pending);
  }

  #plan(id: string, pending: Pending): void {
    this.#host.clock.at(pending.due, () => this.#publish(id, pending), "events of SES");
  }

  async #publish(id: string, { happenings }: Pending): Promise<void> {
    const emitted = happenings.flatMap(({ sent: { mail, set }, events }) =>
      events
        .filter(({ type }) => this.#sets.publishes(set, type))
        .map((event) => this.#host.emit("default", sesEvent(this.#host, mail, event))),
    );
    this.#records.delete(id);
    await Promise.all(emitted);
  }
}
