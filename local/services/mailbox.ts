import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { join } from "node:path";
import sesLocal from "aws-ses-v2-local";
import { clearStore, type Email, getStoreReadonly, saveEmail } from "aws-ses-v2-local/dist/store.js";

import { openLinksOutside } from "./inbox-page.ts";

export type { Email };

/**
 * The mails that the inbox page shows are kept in memory, whole; beyond this many characters the oldest go, or a
 * large run would take the machine with it.
 */
const MOST_CHARACTERS = 200_000_000;

/** The inbox: aws-ses-v2-local with its page, its store of mails and templates, and its template operations. */
export class Mailbox {
  #server: Server | undefined;
  #characters = 0;
  readonly #file: string | undefined;
  url = "";

  constructor(dataDir: string | undefined) {
    if (dataDir !== undefined) mkdirSync(dataDir, { recursive: true });
    this.#file = dataDir === undefined ? undefined : join(dataDir, "mails.jsonl");
  }

  async open(port: number): Promise<void> {
    // Its store belongs to the module, so it may hold what an earlier host of this process left.
    clearStore();
    if (this.#file !== undefined && existsSync(this.#file)) {
      for (const line of readFileSync(this.#file, "utf8").split("\n"))
        if (line !== "") this.#keep(JSON.parse(line));
    }
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
    openLinksOutside(this.#server);
    this.url = `http://127.0.0.1:${address.port}`;
  }

  async close(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise<void>((resolve) => (this.#server ? this.#server.close(() => resolve()) : resolve()));
    this.#server = undefined;
  }

  /** Puts mails into the inbox. */
  receive(emails: readonly Email[]): void {
    for (const email of emails) this.#keep(email);
    if (this.#file !== undefined && emails.length > 0) {
      appendFileSync(this.#file, emails.map((email) => `${JSON.stringify(email)}\n`).join(""));
    }
  }

  /** Mails in order of arrival. */
  list(): readonly Email[] {
    return getStoreReadonly().emails;
  }

  clear(): void {
    clearStore();
    this.#characters = 0;
    if (this.#file !== undefined) rmSync(this.#file, { force: true });
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

  #keep(email: Email): void {
    saveEmail(email);
    this.#characters += sizeOf(email);
    const { emails } = getStoreReadonly();
    while (this.#characters > MOST_CHARACTERS && emails.length > 1) {
      const oldest = emails.shift();
      if (oldest) this.#characters -= sizeOf(oldest);
    }
  }
}

const sizeOf = ({ body, subject }: Email): number =>
  (body.html?.length ?? 0) + (body.text?.length ?? 0) + subject.length;
