import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { type Business, get, type Halt } from "../businesses.ts";
import { SapaError } from "../errors.ts";
import type { BusinessId } from "../ids.ts";
import { succeeds, tableName } from "../store.ts";
import type { Instant } from "../time.ts";

/**
 * Halts the sending of a business as it was read: nothing begins, and a run under way stops at its next batch. False
 * when it is halted already, or was resumed meanwhile.
 */
export async function halt({ id, resumed }: Business, halted: Halt): Promise<boolean> {
  const same = resumed === 0 ? "(attribute_not_exists(resumed) OR resumed = :resumed)" : "resumed = :resumed";
  return succeeds(
    new UpdateCommand({
      TableName: tableName("businesses"),
      Key: { id },
      // The version moves on, so that a change of settings that is under way does not write the halt away.
      UpdateExpression: "SET halted = :halted, version = version + :one",
      ConditionExpression: `attribute_not_exists(halted) AND ${same}`,
      ExpressionAttributeValues: { ":halted": halted, ":resumed": resumed, ":one": 1 },
    }),
  );
}

/** A halt that comes so soon after the one before was lifted, in milliseconds, is a repeated one. */
const repeatedWithin = 30 * 86_400_000;

/** Whether a halt at this time is a second one, so soon after the first that the business must not lift it itself. */
export const isRepeated = ({ resumedAt }: Pick<Business, "resumedAt">, at: Instant): boolean =>
  resumedAt !== undefined && Date.parse(at) < Date.parse(resumedAt) + repeatedWithin;

/**
 * Lets a halted business send again, and counts its rates anew; of one that is not halted nothing changes.
 *
 * @throws SapaError `forbidden` for anyone but the operator, where it was halted a second time within 30 days.
 */
export async function resume(
  id: BusinessId,
  { byOperator }: { byOperator: boolean },
  now: Instant,
): Promise<Business> {
  const isResumed = await succeeds(
    new UpdateCommand({
      TableName: tableName("businesses"),
      Key: { id },
      UpdateExpression:
        "SET resumed = if_not_exists(resumed, :none) + :one, resumedAt = :now, updatedAt = :now, version = version + :one REMOVE halted",
      ConditionExpression: byOperator
        ? "attribute_exists(halted)"
        : "attribute_exists(halted) AND attribute_not_exists(halted.repeated)",
      ExpressionAttributeValues: { ":none": 0, ":one": 1, ":now": now },
    }),
  );
  const business = await get(id);
  if (!isResumed && !byOperator && business.halted?.repeated) {
    throw new SapaError("forbidden", `${sentenceOf(business.halted)} ${operatorResumes}`);
  }
  return business;
}

const operatorResumes = "It is the second time within 30 days: only the operator's key can resume it.";

/** Throws a conflict that says why nothing can be sent, while that is so. */
export function assertNotHalted({ id, halted }: Business): void {
  if (!halted) return;
  throw new SapaError(
    "conflict",
    `${sentenceOf(halted)} ${halted.repeated ? operatorResumes : `POST /v1/businesses/${id}/resume lets it send again`}`,
    [{ field: "business", message: `is halted for its ${halted.reason}` }],
  );
}

/** What a run that the halt has stopped says of it. */
export const failureOf = (halted: Halt) => ({ reason: "halted", detail: sentenceOf(halted).slice(0, -1) });

function sentenceOf({ reason, rate, sample, at }: Halt): string {
  const percent = `${Number((rate * 100).toPrecision(3))} %`;
  const what = reason === "bounces" ? "came back for good" : "were called spam";
  return `Sending was halted at ${at}: ${percent} of ${sample} mails ${what}, which is over the business's limit.`;
}
