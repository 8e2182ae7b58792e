import { PutCommand } from "@aws-sdk/lib-dynamodb";
import type { Business } from "../businesses.ts";
import type { Evidence } from "../consents.ts";
import type { Customer } from "../customers/record.ts";
import type { CustomerId, ImportId, SignUpId } from "../ids.ts";
import { type SignUp, validSeconds } from "../sign-ups.ts";
import { conditionFailed, documents, tableName } from "../store.ts";
import type { Instant } from "../time.ts";

/** How many are written at a time. */
const inFlight = 8;

/** The beginning of the ids of all sign-ups that an import brings. */
export const prefixOf = (id: ImportId): string => `sup_${id.slice("imp_".length)}_`;

/** One for each import and customer: importing a row again brings no second letter. */
const idFor = (id: ImportId, customer: CustomerId): SignUpId =>
  `${prefixOf(id)}${customer.slice("cus_".length)}` as SignUpId;

export type Asked = { customer: Customer; evidence: Evidence };

/** Whether a letter may ask somebody for their consent: they are pending, and nothing stands against mail to them. */
export const mayBeAsked = ({ consent, email, suppressed }: Customer): boolean =>
  consent === "pending" && Boolean(email) && !suppressed;

/**
 * Keeps a sign-up for each of an import's customers who can be asked for their consent: they are pending, have an
 * address, and nothing stands against mail to it. Their letters are sent once the import is over. May be repeated.
 */
export async function prepare(
  business: Business,
  { id, asked }: { id: ImportId; asked: readonly Asked[] },
  now: Instant,
): Promise<void> {
  const waiting = asked.filter(({ customer }) => mayBeAsked(customer)).values();
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      for (const { customer, evidence } of waiting) {
        await keep({
          business: business.id,
          id: idFor(id, customer.id),
          at: now,
          request: {
            email: customer.email ?? "",
            topics: {},
            locale: customer.locale ?? business.locale,
            customer: customer.id,
            evidence,
          },
          expiresAt: Math.floor(Date.parse(now) / 1000) + validSeconds,
        });
      }
    }),
  );
}

async function keep(signUp: SignUp): Promise<void> {
  try {
    await documents.send(
      new PutCommand({
        TableName: tableName("signUps"),
        Item: signUp,
        ConditionExpression: "attribute_not_exists(id)",
      }),
    );
  } catch (error) {
    if (!conditionFailed(error)) throw error;
  }
}
