import { SESv2ServiceException, SendEmailCommand } from "@aws-sdk/client-sesv2";
import { z } from "zod";
import { assertNotHalted } from "../businesses/halts.ts";
import { assertOwnSender, isOwnAddress } from "../businesses/senders.ts";
import { type Business, EmailAddress } from "../businesses.ts";
import * as customers from "../customers.ts";
import type { Deadline } from "../deadline.ts";
import { ineligible } from "../eligibility.ts";
import { environment } from "../environment.ts";
import { SapaError } from "../errors.ts";
import { normaliseEmail } from "../identities.ts";
import { NotTaken, permitAtOnce } from "../letters/permit.ts";
import * as limits from "../limits.ts";
import type { Rendered } from "../mail/render.ts";
import { sender } from "../mail/sender.ts";
import { sesSend } from "../ses.ts";
import { findAll } from "../suppressions.ts";
import { dayIn, type Instant } from "../time.ts";
import { idleLinks, PreviewInput, preview, type Shown } from "./preview.ts";

export const TestMailInput = PreviewInput.extend({
  to: EmailAddress.meta({
    description:
      "An address of the business's own (of `limits.identities` or `limits.testAddresses`), or of a customer who may be mailed now",
  }),
});
export type TestMailInput = z.infer<typeof TestMailInput>;

export const TestMail = z.object({ messageId: z.string() });
export type TestMail = z.infer<typeof TestMail>;

type Asked = {
  shown: Shown;
  input: TestMailInput;
  /** Whether the caller may know who the customers are: without it only the business's own addresses get test mail. */
  seesCustomers: boolean;
};

/**
 * Sends a preview to one address, as a mail of its own that no run counts: to the business's own people, or to a
 * customer who may be mailed. So many go in a day of UTC, and what becomes of them counts in the business's rates.
 *
 * @throws SapaError `conflict` while sending is halted, for an address that gets no test mail, and with SES's reason when
 * SES does not take it; `too-many-requests` when the day's number, or the account's quota, is used up.
 */
export async function sendTest(
  business: Business,
  { shown, input, seesCustomers }: Asked,
  { now, deadline }: { now: Instant; deadline: Deadline },
): Promise<TestMail> {
  assertNotHalted(business);
  assertOwnSender(business);
  const mail = await preview(business, { shown, input }, now);
  if (!(await getsTests(business, { to: input.to, seesCustomers }, now))) throw notForTests();
  await countOne(business, now);
  await waitForPermit(deadline);
  return send(business, { mail, to: input.to });
}

const notForTests = () =>
  new SapaError("conflict", "The address gets no test mail", [
    {
      field: "to",
      message:
        "must be an address of the business's own that is not suppressed or unsubscribed, or one of a customer who may be mailed now",
    },
  ]);

/** The same is said of every address that gets none: it tells nothing of who is a customer, or has complained. */
async function getsTests(
  business: Business,
  { to, seesCustomers }: { to: string; seesCustomers: boolean },
  now: Instant,
): Promise<boolean> {
  const email = normaliseEmail(to);
  if ((await findAll(business.id, email)).length > 0) return false;
  const customer = await customers.findBy(business, { email });
  const question = { topic: "", cap: {}, now, today: dayIn(business.timeZone, now), ignoreCaps: true };
  const reason = customer && ineligible(customer, question);
  if (isOwnAddress(business, email) || business.limits.testAddresses.includes(email)) {
    return reason === undefined || reason === "not-confirmed" || reason === "paused";
  }
  return seesCustomers && customer !== undefined && reason === undefined;
}

async function countOne({ id, limits: { testMailsPerDay } }: Business, now: Instant): Promise<void> {
  const day = { most: testMailsPerDay, seconds: 24 * 3600 };
  const wait = await limits.count(`${id}#test-mails`, day, { now });
  if (wait === undefined) return;
  throw new SapaError(
    "too-many-requests",
    `The ${testMailsPerDay} test mails of this day have gone; more can be sent in ${Math.ceil(wait / 3600)} hours`,
  );
}

async function waitForPermit(deadline: Deadline): Promise<void> {
  try {
    await permitAtOnce(deadline);
  } catch (error) {
    if (error instanceof NotTaken) throw new SapaError("too-many-requests", error.message);
    throw error;
  }
}

async function send(business: Business, { mail, to }: { mail: Rendered; to: string }): Promise<TestMail> {
  try {
    const { MessageId = "" } = await sesSend.send(
      new SendEmailCommand({
        ...sender(business),
        Destination: { ToAddresses: [to] },
        ConfigurationSetName: environment("CONFIGURATION_SET_NAME"),
        EmailTags: [
          { Name: "business", Value: business.id },
          { Name: "letter", Value: "test" },
        ],
        Content: { Simple: simple(mail) },
      }),
    );
    return { messageId: MessageId };
  } catch (error) {
    if (!(error instanceof SESv2ServiceException) || error.$fault !== "client") throw error;
    // That this function lacks a right is for the operator to know, and no fault of the mail.
    if (error.name === "AccessDeniedException") throw error;
    throw new SapaError("conflict", `SES did not take the mail: ${error.message}`, [
      { field: "to", message: error.name },
    ]);
  }
}

const simple = ({ subject, html, text }: Rendered) => {
  const part = (Data: string) => ({ Data, Charset: "UTF-8" });
  return {
    Subject: part(subject),
    Body: { Html: part(html), Text: part(text) },
    Headers: [
      { Name: "List-Unsubscribe", Value: `<${idleLinks().unsubscribe}>` },
      { Name: "List-Unsubscribe-Post", Value: "List-Unsubscribe=One-Click" },
    ],
  };
};
