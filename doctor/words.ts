import { english } from "./words/english.ts";
import { indonesian } from "./words/indonesian.ts";

export type Language = "en" | "id";

/** Everything that can be found. */
export type Code =
  | "account"
  | "no-credentials"
  | "no-connection"
  | "no-region"
  | "unanswered"
  | "ses-unanswered"
  | "production"
  | "sandbox"
  | "sending-paused"
  | "probation"
  | "quota"
  | "quota-small"
  | "no-domain"
  | "identity"
  | "identity-missing"
  | "identity-pending"
  | "dkim-records"
  | "dkim-off"
  | "return-path"
  | "return-path-records"
  | "return-path-pending"
  | "no-return-path"
  | "dmarc"
  | "no-dmarc"
  | "many-dmarc"
  | "concurrency"
  | "concurrency-small"
  | "concurrency-unused"
  | "renders"
  | "renders-otherwise"
  | "not-deployed"
  | "deployed"
  | "stack-broken"
  | "stack-busy"
  | "stack-rolled-back"
  | "alarms-quiet"
  | "alarm"
  | "no-alarms"
  | "alarms-tell-nobody";

/** What is so, and what to do next where something is to be done; `{domain}` is filled in. */
export type Wording = { says: string; next?: string };
export type Words = { findings: Record<Code, Wording>; headings: Headings };
export type Headings = { next: string; blocked: string; clear: string };

export const wordsOf: Record<Language, Words> = { en: english, id: indonesian };
