import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { nanoid } from "nanoid";
import { succeeds, tableName } from "./store.ts";

/**
 * Runs `work` while no other function of the stack does. Whoever finds it under way leaves a note, and the holder then
 * runs it once more: nothing that was ready before the call is left lying. `milliseconds` is how long a holder that
 * died keeps others out; `now` returns epoch milliseconds. Returns false when another function does the work.
 */
export async function withLease(
  name: string,
  { milliseconds, now }: { milliseconds: number; now: () => number },
  work: () => Promise<void>,
): Promise<boolean> {
  const owner = nanoid();
  if (!(await acquire(name, { owner, milliseconds, now }))) return false;
  try {
    do await work();
    while (await mustRepeat(name, { owner, milliseconds, now }));
  } catch (error) {
    await release(name, owner);
    throw error;
  }
  return true;
}

type Holder = { owner: string; milliseconds: number; now: () => number };

async function acquire(name: string, { owner, milliseconds, now }: Holder): Promise<boolean> {
  for (let attempt = 0; attempt < 10; attempt++) {
    const at = now();
    const acquired = await change(name, {
      UpdateExpression: "SET #owner = :owner, heldUntil = :until REMOVE wanted",
      ConditionExpression: "attribute_not_exists(#owner) OR heldUntil < :now",
      values: { ":owner": owner, ":until": at + milliseconds, ":now": at },
    });
    if (acquired) return true;
    const noted = await change(name, {
      UpdateExpression: "SET wanted = :yes",
      ConditionExpression: "attribute_exists(#owner) AND heldUntil >= :now",
      values: { ":yes": true, ":now": at },
    });
    if (noted) return false;
    // It was given back between the two.
  }
  return false;
}

/** Gives the lease back, unless someone has asked for the work meanwhile. */
async function mustRepeat(name: string, { owner, milliseconds, now }: Holder): Promise<boolean> {
  const done = await change(name, {
    UpdateExpression: "REMOVE #owner, heldUntil",
    ConditionExpression: "#owner = :owner AND attribute_not_exists(wanted)",
    values: { ":owner": owner },
  });
  if (done) return false;
  return change(name, {
    UpdateExpression: "SET heldUntil = :until REMOVE wanted",
    ConditionExpression: "#owner = :owner",
    values: { ":owner": owner, ":until": now() + milliseconds },
  });
}

const release = (name: string, owner: string) =>
  change(name, {
    UpdateExpression: "REMOVE #owner, heldUntil, wanted",
    ConditionExpression: "#owner = :owner",
    values: { ":owner": owner },
  });

type Change = { UpdateExpression: string; ConditionExpression: string; values: Record<string, unknown> };

const change = (name: string, { values, ...expressions }: Change): Promise<boolean> =>
  succeeds(
    new UpdateCommand({
      TableName: tableName("account"),
      Key: { name: `lease#${name}` },
      ...expressions,
      ExpressionAttributeNames: { "#owner": "owner" },
      ExpressionAttributeValues: values,
    }),
  );
