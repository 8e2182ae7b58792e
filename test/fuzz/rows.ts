import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import type { LocalHost } from "../../local/host.ts";

/** How often somebody knocked, which counts strangers and owners alike. */
const counting = /limits/i;

/** Every row of every table that names a business, as text: what there is of it, whoever looks. */
export function rowsOf(host: LocalHost, business: string): { read(): Promise<string[]>; close(): void } {
  const client = new DynamoDBClient({
    endpoint: `${host.awsUrl}/dynamodb`,
    region: "us-east-1",
    credentials: host.operator,
  });
  const tables = [...host.stack.resources.values()]
    .filter(({ type, logicalId }) => type === "AWS::DynamoDB::Table" && !counting.test(logicalId))
    .map(({ logicalId }) => {
      const arn = String(host.stack.created.get(logicalId)?.attributes.Arn);
      return { logicalId, name: arn.split("/").at(-1) ?? "" };
    });
  if (tables.length < 20) throw new Error(`Only ${tables.length} tables were found`);

  async function rowsIn({ logicalId, name }: (typeof tables)[number]): Promise<string[]> {
    const rows: string[] = [];
    let from: ScanCommandStart;
    do {
      const { Items = [], LastEvaluatedKey } = await client.send(
        new ScanCommand({ TableName: name, ExclusiveStartKey: from }),
      );
      rows.push(...Items.map((item) => `${logicalId} ${JSON.stringify(sorted(item))}`));
      from = LastEvaluatedKey;
    } while (from);
    return rows.filter((row) => row.includes(business));
  }

  return {
    read: async () => (await Promise.all(tables.map(rowsIn))).flat().sort(),
    close: () => client.destroy(),
  };
}

type ScanCommandStart = ConstructorParameters<typeof ScanCommand>[0]["ExclusiveStartKey"];

const sorted = (item: object) =>
  Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
