import type { Server } from "node:http";
import sesLocal from "aws-ses-v2-local";
import {
  clearStore,
  type Email,
  getStoreReadonly,
  saveEmail,
  setTemplate,
} from "aws-ses-v2-local/dist/store.js";
import type { Records } from "../journal.ts";
import { serveInbox } from "./inbox-page.ts";

export type { Email };

/** A template as aws-ses-v2-local stores it; `CreatedTimestamp` in seconds. */
export type StoredTemplate = Parameters<typeof setTemplate>[1];

/**
 * The mails that the inbox page shows are kept in memory, whole; beyond this many characters the oldest go, or a
 * large run would take the machine with it.
 */
const maxCharacters = 200_000_000;

/** The inbox: aws-ses-v2-local with its page, its store of mails and templates, and its template operations. */
export class Mailbox {
  #server: Server | undefined;
  #characters = 0;
  readonly #records: Records<Email>;
  /** The record of each mail in the inbox, in their order. */
  #keys: string[] = [];
  #next = 0;
  url = "";

  constructor(records: Records<Email>) {
    this.#records = records;
  }

  async open(port: number): Promise<void> {
    // Its store belongs to the module, so it may hold what an earlier host of this process left.
    clearStore();
    for (const [key, email] of this.#records.take()) this.#keep(key, email);
    this.#next = Number(this.#keys.at(-1) ?? -1) + 1;
    const load = sesLocal.default ?? sesLocal;
    this.#server = await load({ host: "127.0.0.1", port });
    const address = this.#server.address();
    // Its promise is kept even when the port could not be had.
    if (address === null || typeof address === "string") {
      throw Object.assign(new Error(`Port ${port} is in use, so the inbox can't open there`), {
        code: "EADDRINUSE",
        port,
      });
    }
    serveInbox(this.#server, { clear: () => this.clear() });
    this.url = `http://127.0.0.1:${address.port}`;
  }

  async close(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise<void>((resolve) => (this.#server ? this.#server.close(() => resolve()) : resolve()));
    this.#server = undefined;
  }

  /** Puts mails into the inbox. */
  receive(emails: readonly Email[]): void {
    for (const email of emails) {
      // Records come back in the order of their keys.
      const key = String(this.#next++).padStart(12, "0");
      this.#records.put(key, email);
      this.#keep(key, email);
    }
  }

  /** Mails in order of arrival. */
  list(): readonly Email[] {
    return getStoreReadonly().emails;
  }

  /** Templates by name. */
  templates(): ReadonlyMap<string, StoredTemplate> {
    return getStoreReadonly().templates;
  }

  restoreTemplate(template: StoredTemplate): void {
    setTemplate(template.TemplateName, template);
  }

  /** Empties the inbox; templates stay. */
  clear(): void {
    getStoreReadonly().emails.length = 0;
    this.#characters = 0;
    for (const key of this.#keys) this.#records.delete(key);
    this.#keys = [];
  }

  /** Has aws-ses-v2-local answer an SES call: its status and its JSON. */
  async ask(call: {
    method: string;
    path: string;
    body: string | undefined;
  }): Promise<{ status: number; body: string }> {
    const response = await fetch(`${this.url}${call.path}`, {
      method: call.method,
      headers: { authorization: "AWS4-HMAC-SHA256", "content-type": "application/json" },
      ...(call.body === undefined ? {} : { body: call.body }),
    });
    return { status: response.status, body: await response.text() };
  }

  #keep(key: string, email: Email): void {
    saveEmail(email);
    this.#keys.push(key);
    this.#characters += sizeOf(email);
    const { emails } = getStoreReadonly();
    while (this.#characters > maxCharacters && emails.length > 1) {
      const [oldest, oldestKey] = [emails.shift(), this.#keys.shift()];
      if (oldest) this.#characters -= sizeOf(oldest);
      if (oldestKey !== undefined) this.#records.delete(oldestKey);
    }
  }
}

const sizeOf = ({ body, subject }: Email): number =>
  (body.html?.length ?? 0) + (body.text?.length ?? 0) + subject.length;
