import { z } from "zod";

const SoftBounceLimit = z.int().min(1).max(20);
const Days = z.int().min(1).max(365);

/** Mail that comes back for the moment, as from a full mailbox: at so many within so many days an address is suppressed. */
export const SoftBounces = z.object({ limit: SoftBounceLimit.default(5), withinDays: Days.default(30) });
export const SoftBouncesPatch = z.object({ limit: SoftBounceLimit, withinDays: Days }).partial();

const Rate = z.number().min(0.0001).max(1);
const Sample = z.int().min(1).max(1_000_000);
const Window = z.int().min(1).max(30);

/**
 * The rates at which sending is halted: shares of the mail that SES took in the last `days`, once that is at least
 * `minimumSample` mails. Gmail and Yahoo want fewer than one complaint in a thousand; SES reviews an account at 5 %
 * bounces.
 */
export const Breaker = z.object({
  complaintRate: Rate.default(0.001),
  bounceRate: Rate.default(0.04),
  minimumSample: Sample.default(1000),
  days: Window.default(7),
});
export const BreakerPatch = z
  .object({ complaintRate: Rate, bounceRate: Rate, minimumSample: Sample, days: Window })
  .partial();

/**
 * How far a business may set its breaker itself. The rates lie below those at which SES may pause the whole account, 0.5 %
 * complaints and 10 % bounces (SES developer guide, "Sending review process FAQs"); 0.3 % is what Gmail never wants to see.
 */
const BreakerCeilings = z.object({
  complaintRate: Rate.default(0.003).meta({ description: "At most" }),
  bounceRate: Rate.default(0.08).meta({ description: "At most" }),
  minimumSample: Sample.default(1000).meta({ description: "At most" }),
  days: Window.default(7).meta({ description: "At least: spam in small doses shows over days" }),
});
const BreakerCeilingsPatch = z
  .object({
    complaintRate: Rate.nullable(),
    bounceRate: Rate.nullable(),
    minimumSample: Sample.nullable(),
    days: Window.nullable(),
  })
  .partial();

const SendsDays = z.int().min(90).max(3650);
const EventsDays = z.int().min(30).max(3650);

/** After how many days what is known of mails goes by itself: of sends, without a number, never. */
export const Retention = z.object({
  sendsDays: SendsDays.optional().meta({
    description: "Who got which mail, and what became of it. The sums of each run stay",
  }),
  eventsDays: EventsDays.default(365).meta({ description: "Who clicked which link, and when" }),
});
export const RetentionPatch = z.object({ sendsDays: SendsDays.nullable(), eventsDays: EventsDays }).partial();

const Share = z.number().min(0.01).max(1);

const domain = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const SenderIdentity = z
  .string()
  .trim()
  .toLowerCase()
  .max(254)
  .refine((identity) => domain.test(identity) || z.email().safeParse(identity).success, {
    error: "must be an address or a domain, as SES knows it",
  });
const SenderIdentities = z.array(SenderIdentity).max(50);

const TestAddresses = z.array(z.email("is not an email address").max(254).toLowerCase()).max(20);
const TestMails = z.int().min(0).max(10_000);

/** What the operator sets for a business, and its owner can't change. */
export const OperatorLimits = z.object({
  identities: SenderIdentities.default([]).meta({
    description:
      "The SES identities, addresses and whole domains, that the business may send from. Verify them in SES as well",
    example: ["kopisenja.example"],
  }),
  testAddresses: TestAddresses.default([]).meta({
    description: "Who gets test mails beside the addresses of `identities` and the business's customers",
  }),
  testMailsPerDay: TestMails.default(50).meta({ description: "Test mails in a day of UTC" }),
  breaker: BreakerCeilings.prefault({}).meta({
    description: "How far the business may set its `breaker` itself; what goes beyond is held to this",
  }),
  share: Share.optional().meta({
    description:
      "The part of the account's send rate and daily quota that is kept for the business, 0.01 to 1. What it does not use is lent to others, but for half of its quota. Without it the business shares what is kept for nobody",
  }),
});
export type OperatorLimits = z.infer<typeof OperatorLimits>;

/** A change of them: null takes one away, and a list is replaced. */
export const OperatorLimitsPatch = z.object({
  identities: SenderIdentities.optional(),
  testAddresses: TestAddresses.optional(),
  testMailsPerDay: TestMails.nullable().optional(),
  breaker: BreakerCeilingsPatch.optional(),
  share: Share.nullable().optional(),
});
export type OperatorLimitsPatch = z.infer<typeof OperatorLimitsPatch>;
