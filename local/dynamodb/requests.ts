import { randomUUID } from "node:crypto";
import type { AwsAnswer } from "../contract.ts";
import { type Database, isOperation } from "./database.ts";
import { noSuchTable } from "./store.ts";
import type { DynamoError } from "./tables.ts";
import type { Transactions } from "./transactions.ts";

type Data = Record<string, unknown>;
export type Backend = { database: Database; transactions: Transactions };

/** Answers one call of DynamoDB's JSON protocol; `target` is the header X-Amz-Target. */
export async function answer(backend: Backend, target: string | undefined, body: Buffer): Promise<AwsAnswer> {
  try {
    const operation = target?.split(".")[1] ?? "";
    return json(200, await perform(backend, operation, JSON.parse(body.toString())));
  } catch (error) {
    const { statusCode, body: problem } = error as DynamoError;
    if (!statusCode || !problem) throw error;
    return json(statusCode, problem);
  }
}

async function perform({ database, transactions }: Backend, operation: string, data: Data): Promise<Data> {
  if (isOperation(operation)) {
    const wanted = data.ReturnValuesOnConditionCheckFailure;
    const checked = database.check(operation, data);
    return database.run(
      operation,
      wanted ? { ...checked, ReturnValuesOnConditionCheckFailure: wanted } : checked,
    );
  }
  switch (operation) {
    case "TransactWriteItems":
      return transactions.write(data);
    case "TransactGetItems":
      return transactions.get(data);
    case "UpdateTimeToLive": {
      const setting = data.TimeToLiveSpecification as { AttributeName: string; Enabled: boolean };
      tableOf(database, data).timeToLive = setting;
      return { TimeToLiveSpecification: setting };
    }
    case "DescribeTimeToLive": {
      const { timeToLive } = tableOf(database, data);
      return {
        TimeToLiveDescription: timeToLive?.Enabled
          ? { TimeToLiveStatus: "ENABLED", AttributeName: timeToLive.AttributeName }
          : { TimeToLiveStatus: "DISABLED" },
      };
    }
    case "UpdateContinuousBackups":
    case "DescribeContinuousBackups":
      tableOf(database, data);
      return { ContinuousBackupsDescription: { ContinuousBackupsStatus: "ENABLED" } };
    default:
      throw unknown(operation);
  }
}

function tableOf(database: Database, { TableName }: Data) {
  const table = database.tables.get(String(TableName));
  if (!table) throw noSuchTable();
  return table;
}

const unknown = (operation: string): DynamoError =>
  Object.assign(new Error("UnknownOperation"), {
    statusCode: 400,
    body: {
      __type: "com.amazon.coral.service#UnknownOperationException",
      message: `The local DynamoDB does not answer ${operation || "calls without an operation"}`,
    },
  });

const json = (status: number, body: Data): AwsAnswer => ({
  status,
  headers: { "content-type": "application/x-amz-json-1.0", "x-amzn-requestid": randomUUID() },
  body: JSON.stringify(body),
});
