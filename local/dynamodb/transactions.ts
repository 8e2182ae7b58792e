import { createHash } from "node:crypto";
import db from "dynalite/db/index.js";
import { ofTransaction, type Units } from "./capacity.ts";
import { type Database, type Rehearsal, sizeOf } from "./database.ts";
import { noSuchTable } from "./store.ts";
import type { DynamoError, Item } from "./tables.ts";

type Data = Record<string, unknown>;
type Action = { TableName: string; Key?: Item; Item?: Item; ReturnValuesOnConditionCheckFailure?: string };
/** One operation of a transaction, checked. A condition check is a deletion that is judged and not made. */
type Step = { operation: "PutItem" | "UpdateItem" | "DeleteItem"; data: Data & Action; made: boolean };

const steps = {
  Put: { operation: "PutItem", made: true },
  Update: { operation: "UpdateItem", made: true },
  Delete: { operation: "DeleteItem", made: true },
  ConditionCheck: { operation: "DeleteItem", made: false },
} as const;

const tokenLife = 10 * 60 * 1000;
const sizeLimit = 4 * 1024 * 1024;

/**
 * TransactWriteItems and TransactGetItems, which dynalite lacks, out of its single operations: each is
 * rehearsed on the tables as they stand, and the changes are made only if all succeed. Nothing waits in between,
 * so no other request can come between judging and writing.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
 */
export class Transactions {
  readonly #database: Database;
  /** Epoch milliseconds. */
  readonly #now: () => number;
  readonly #tokens = new Map<string, { digest: string; at: number; answer: Data }>();

  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  async write(request: Data): Promise<Data> {
    const token = request.ClientRequestToken;
    if (typeof token !== "string") return this.#write(request);
    if (token.length < 1 || token.length > 36) throw wrongToken();
    const digest = createHash("sha1").update(JSON.stringify(request.TransactItems)).digest("base64");
    const earlier = this.#remembered(token);
    if (earlier && earlier.digest !== digest) throw mismatch();
    if (earlier) return earlier.answer;
    const answer = this.#write(request);
    // Remembered before the writes are on disk: a repetition may arrive in the meantime.
    this.#tokens.set(token, { digest, at: this.#now(), answer: {} });
    return answer;
  }

  get(request: Data): Data {
    const items = listOf(request.TransactItems);
    const wanted = items.map((item) => this.#database.check("GetItem", capacityOf(request, item.Get)));
    const found = wanted.map((data) => this.#database.rehearse("GetItem", data));
    for (const { error } of found) if (error) throw error;
    const consumed = ofTransaction(
      found.map(({ answer }) => answer),
      new Map(),
    );
    return {
      Responses: found.map(({ answer }) => (answer.Item ? { Item: answer.Item } : {})),
      ...(consumed && { ConsumedCapacity: consumed }),
    };
  }

  /** All is done, in memory, before the first await. */
  #write(request: Data): Promise<Data> {
    const planned = listOf(request.TransactItems).map((item) => this.#plan(request, item));
    for (const { data } of planned) if (!this.#database.tables.has(data.TableName)) throw noSuchTable();
    const rehearsals = planned.map(({ operation, data }) => this.#database.rehearse(operation, data));
    this.#refuseDoubles(planned);
    if (rehearsals.some(({ error }) => error)) throw cancelled(planned, rehearsals);
    const changes = rehearsals.flatMap(({ changes }, place) => (planned[place]?.made ? changes : []));
    const size = changes.reduce((sum, { item }) => sum + (item ? sizeOf(item) : 0), 0);
    if (size > sizeLimit)
      throw db.validationError("Transaction size exceeded: items are larger than 4 MB in all");
    const units: Units = new Map();
    const made = this.#database.make(changes, units);
    const consumed = ofTransaction(
      rehearsals.map(({ answer }) => answer),
      units,
    );
    return made.then(() => (consumed ? { ConsumedCapacity: consumed } : {}));
  }

  #plan(request: Data, item: Record<string, Data | undefined>): Step {
    const [[name, action] = [], ...more] = Object.entries(item);
    if (more.length || !name || !action || !Object.hasOwn(steps, name)) {
      throw db.validationError("TransactItems can only contain one of Check, Put, Update or Delete");
    }
    if (name === "ConditionCheck" && !action.ConditionExpression) {
      throw db.validationError(
        "The expression can not be empty: a ConditionCheck needs a ConditionExpression",
      );
    }
    const { operation, made } = steps[name as keyof typeof steps];
    const wanted = action.ReturnValuesOnConditionCheckFailure;
    const data = this.#database.check(operation, capacityOf(request, action));
    if (wanted) data.ReturnValuesOnConditionCheckFailure = wanted;
    return { operation, data: data as Step["data"], made };
  }

  #refuseDoubles(planned: readonly Step[]): void {
    const seen = new Set<string>();
    for (const { data } of planned) {
      const description = this.#database.tables.get(data.TableName)?.description;
      const keys = description?.KeySchema.map(
        ({ AttributeName }) => (data.Key ?? data.Item)?.[AttributeName],
      );
      const name = JSON.stringify([data.TableName, keys]);
      if (seen.has(name)) {
        throw db.validationError("Transaction request cannot include multiple operations on one item");
      }
      seen.add(name);
    }
  }

  #remembered(token: string) {
    const oldest = this.#now() - tokenLife;
    for (const [known, { at }] of this.#tokens) {
      if (at > oldest) break;
      this.#tokens.delete(known);
    }
    return this.#tokens.get(token);
  }
}

function listOf(items: unknown): Record<string, Data | undefined>[] {
  if (!Array.isArray(items) || items.length === 0) throw outOfBounds("greater than or equal to 1");
  if (items.length > 100) throw outOfBounds("less than or equal to 100");
  return items;
}

const capacityOf = ({ ReturnConsumedCapacity }: Data, action: Data | undefined): Data =>
  ReturnConsumedCapacity ? { ...action, ReturnConsumedCapacity } : { ...action };

const outOfBounds = (bound: string): DynamoError =>
  db.validationError(
    `1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have length ${bound}`,
  );

const wrongToken = (): DynamoError =>
  db.validationError(
    "1 validation error detected: Value at 'clientRequestToken' failed to satisfy constraint: Member must have length from 1 to 36",
  );

const failure = (type: string, body: Data): DynamoError =>
  Object.assign(new Error(type), {
    statusCode: 400,
    body: { __type: `com.amazonaws.dynamodb.v20120810#${type}`, ...body },
  });

const mismatch = () =>
  failure("IdempotentParameterMismatchException", {
    Message: "The ClientRequestToken was used before with other parameters",
  });

/** What became of each step, in order; the SDK makes `CancellationReasons` of it. */
function cancelled(planned: readonly Step[], rehearsals: readonly Rehearsal[]): DynamoError {
  const reasons = rehearsals.map(({ error, judged }, place) => {
    if (!error) return { Code: "None" };
    const body = error.body;
    if (!body) throw error;
    const failed = String(body.__type).endsWith("ConditionalCheckFailedException");
    const shown = planned[place]?.data.ReturnValuesOnConditionCheckFailure === "ALL_OLD";
    return {
      Code: failed ? "ConditionalCheckFailed" : "ValidationError",
      Message: body.message,
      ...(failed && shown && judged && { Item: judged }),
    };
  });
  const codes = reasons.map(({ Code }) => Code).join(", ");
  return failure("TransactionCanceledException", {
    Message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    CancellationReasons: reasons,
  });
}
