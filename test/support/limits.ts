import { DeleteCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { documents, tableName } from "../../core/store.ts";

/**
 * Forgets what was counted, for tests about one address: limits of the whole stack outlive a test's shop. So do the
 * permits that a test took at a later time.
 */
export async function forgetLimits(): Promise<void> {
  const { Items = [] } = await documents.send(new ScanCommand({ TableName: tableName("limits") }));
  await documents.send(new DeleteCommand({ TableName: tableName("account"), Key: { name: "rate#sending" } }));
  await Promise.all(
    Items.map(({ limit }) =>
      documents.send(new DeleteCommand({ TableName: tableName("limits"), Key: { limit } })),
    ),
  );
}
