import { type Business, get, OperatorLimits, type OperatorLimitsPatch } from "../businesses.ts";
import { SapaError } from "../errors.ts";
import type { BusinessId } from "../ids.ts";
import * as shares from "../sending-shares.ts";
import { backOff, tableName, transact, type Write } from "../store.ts";
import type { Instant } from "../time.ts";
import { mergePatch } from "./merge-patch.ts";

/**
 * Changes what the operator sets for a business.
 *
 * @throws SapaError `conflict` when the shares of all businesses would come to more than the whole.
 */
export async function limit(id: BusinessId, patch: OperatorLimitsPatch, now: Instant): Promise<Business> {
  for (let attempt = 1; attempt <= 10; attempt++) {
    const [business, before] = await Promise.all([get(id), shares.read()]);
    const limits = OperatorLimits.parse(mergePatch(business.limits, patch));
    const writes = [update(business, limits, now)];
    if (limits.share !== business.limits.share) {
      const after = new Map([...before].filter(([other]) => other !== id));
      if (limits.share !== undefined) after.set(id, limits.share);
      assertFits(after);
      writes.push(shares.write(before, after));
    }
    const outcomes = await transact(writes);
    if (!outcomes) return get(id);
    await backOff(attempt);
  }
  throw new SapaError("conflict", "The business kept changing; try again");
}

function assertFits(all: shares.Shares): void {
  const sum = [...all.values()].reduce((total, share) => total + share, 0);
  // Shares are decimal fractions: 0.7 + 0.2 + 0.1 is a little more than 1.
  if (sum <= 1 + 1e-9) return;
  const message = `makes ${Math.round(sum * 100)} % with the shares of the other businesses`;
  throw new SapaError("conflict", "The shares would come to more than the whole", [
    { field: "share", message },
  ]);
}

const update = ({ id, version }: Business, limits: OperatorLimits, now: Instant): Write => ({
  Update: {
    TableName: tableName("businesses"),
    Key: { id },
    UpdateExpression: "SET limits = :limits, updatedAt = :now, version = :next",
    ConditionExpression: "version = :version",
    ExpressionAttributeValues: {
      ":limits": limits,
      ":now": now,
      ":version": version,
      ":next": version + 1,
    },
  },
});
