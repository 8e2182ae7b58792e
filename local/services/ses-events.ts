import { randomUUID } from "node:crypto";
import type { Host } from "../contract.ts";

/** A mail that SES accepted, as its events tell of it. */
export type SentMail = {
  messageId: string;
  /** Epoch milliseconds. */
  at: number;
  from: string;
  recipients: string[];
  subject: string;
  headers: { name: string; value: string }[];
  tags: Record<string, string[]>;
};

export type EventType =
  | "Send"
  | "Delivery"
  | "Bounce"
  | "Complaint"
  | "Reject"
  | "Open"
  | "Click"
  | "Rendering Failure"
  | "DeliveryDelay";

const DETAIL_TYPES: Record<EventType, string> = {
  Send: "Email Sent",
  Delivery: "Email Delivered",
  Bounce: "Email Bounced",
  Complaint: "Email Complaint Received",
  Reject: "Email Rejected",
  Open: "Email Opened",
  Click: "Email Clicked",
  "Rendering Failure": "Email Rendering Failed",
  DeliveryDelay: "Email Delivery Delayed",
};

/** The sub-object of the detail that belongs to a type. */
const PARTS: Record<EventType, string> = {
  Send: "send",
  Delivery: "delivery",
  Bounce: "bounce",
  Complaint: "complaint",
  Reject: "reject",
  Open: "open",
  Click: "click",
  "Rendering Failure": "failure",
  DeliveryDelay: "deliveryDelay",
};

/** An SES event as it reaches EventBridge's default bus. */
export function sesEvent(
  host: Host,
  mail: SentMail,
  { type, part }: { type: EventType; part: Record<string, unknown> },
): Parameters<Host["emit"]>[1] {
  return {
    source: "aws.ses",
    "detail-type": DETAIL_TYPES[type],
    detail: { eventType: type, mail: mailOf(host, mail), [PARTS[type]]: part },
  };
}

function mailOf(host: Host, { messageId, at, from, recipients, subject, headers, tags }: SentMail) {
  const address = addressOf(from);
  return {
    timestamp: new Date(at).toISOString(),
    source: from,
    sourceArn: `arn:aws:ses:${host.region}:${host.account}:identity/${address.split("@")[1] ?? address}`,
    sendingAccountId: host.account,
    messageId,
    destination: recipients,
    headersTruncated: false,
    headers: [
      { name: "From", value: from },
      { name: "To", value: recipients.join(", ") },
      { name: "Subject", value: subject },
      { name: "MIME-Version", value: "1.0" },
      ...headers,
    ],
    commonHeaders: { from: [from], to: recipients, messageId, subject },
    tags,
  };
}

/** `ani@example.com` of `Ani <ani@example.com>`. */
export const addressOf = (mailbox: string): string => /<([^<>]+)>\s*$/.exec(mailbox)?.[1] ?? mailbox.trim();

export type Outcome = { delivered: boolean; events: { type: EventType; part: Record<string, unknown> }[] };

/**
 * What becomes of a mail: it arrives, unless it is for the mailbox simulator
 * (docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html), which also takes labels: bounce+any@.
 */
export function outcomeFor(address: string, at: string): Outcome {
  const [, mailbox] = /^([a-z]+)(?:\+[^@]*)?@simulator\.amazonses\.com$/i.exec(address) ?? [];
  switch (mailbox?.toLowerCase()) {
    case "bounce":
      return { delivered: false, events: [sent, bounce(address, { at, subType: "General" })] };
    case "suppressionlist":
      return heldBack(address, at);
    case "complaint":
      return { delivered: true, events: [sent, delivery(address, at), complaint(address, at)] };
    default:
      // An out-of-office answer (ooto@) goes to the return path; SES's events only tell of the delivery.
      return { delivered: true, events: [sent, delivery(address, at)] };
  }
}

/** SES takes a mail to a suppressed address, and does not send it. */
export const heldBack = (address: string, at: string): Outcome => ({
  delivered: false,
  events: [sent, bounce(address, { at, subType: "OnAccountSuppressionList" })],
});

const sent = { type: "Send" as const, part: {} };

const delivery = (address: string, timestamp: string) => ({
  type: "Delivery" as const,
  part: {
    timestamp,
    processingTimeMillis: 420,
    recipients: [address],
    smtpResponse: "250 2.6.0 Message received",
    reportingMTA: "a8-31.smtp-out.amazonses.com",
  },
});

function bounce(address: string, { at, subType }: { at: string; subType: string }) {
  const reason = { action: "failed", status: "5.1.1", diagnosticCode: "smtp; 550 5.1.1 user unknown" };
  const suppressed = {
    action: "failed",
    status: "5.1.1",
    diagnosticCode:
      "Amazon SES did not send the message to this address because it is on the suppression list for your account.",
  };
  return {
    type: "Bounce" as const,
    part: {
      feedbackId: randomUUID(),
      bounceType: "Permanent",
      bounceSubType: subType,
      bouncedRecipients: [{ emailAddress: address, ...(subType === "General" ? reason : suppressed) }],
      timestamp: at,
      reportingMTA: "dns; amazonses.com",
    },
  };
}

const complaint = (address: string, timestamp: string) => ({
  type: "Complaint" as const,
  part: {
    feedbackId: randomUUID(),
    complaintSubType: null,
    complainedRecipients: [{ emailAddress: address }],
    timestamp,
    userAgent: "Amazon SES Mailbox Simulator",
    complaintFeedbackType: "abuse",
    arrivalDate: timestamp,
  },
});
