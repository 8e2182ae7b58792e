import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { keyOf } from "../customers/record.ts";
import * as store from "../store.ts";
import type { Instant } from "../time.ts";
import type { Mail } from "./milestones.ts";

/** Keeps the latest opening or click of a person, which segments look at. */
export async function engaged(
  mail: Mail,
  what: "lastOpenedAt" | "lastClickedAt",
  at: Instant,
): Promise<void> {
  await store.succeeds(
    new UpdateCommand({
      TableName: store.tableName("customers"),
      Key: keyOf(mail.business, mail.customer),
      UpdateExpression: "SET engagement.#what = :at, version = version + :one",
      ConditionExpression:
        "attribute_exists(id) AND (attribute_not_exists(engagement.#what) OR engagement.#what < :at)",
      ExpressionAttributeNames: { "#what": what },
      ExpressionAttributeValues: { ":at": at, ":one": 1 },
    }),
  );
}
