import { RemovalPolicy, Stack } from "aws-cdk-lib";
import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from "aws-cdk-lib/aws-dynamodb";
import { type IGrantable, PolicyStatement } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { environmentName, type TableName, type Table as TableShape, tables } from "../core/tables.ts";

/**
 * What a function may do to a table, in words, and the actions that each stands for. A transaction needs the
 * action of each of its writes; `batch` stands apart because BatchWriteItem can delete as well as put.
 */
const actions = {
  get: ["GetItem"],
  "get-many": ["BatchGetItem"],
  query: ["Query"],
  scan: ["Scan"],
  check: ["ConditionCheckItem"],
  put: ["PutItem"],
  update: ["UpdateItem"],
  erase: ["DeleteItem"],
  batch: ["BatchWriteItem"],
} as const;
/** `query` is for the table itself; an index is a resource of its own, `query byCustomer`. */
export type Access = keyof typeof actions | `query ${string}`;

/** The names of restored tables, by what they hold. */
export type Restored = { readonly [name in TableName]?: string };

/** Every table of core/tables.ts: on demand, recoverable to any second of the last 35 days, kept when the stack goes. */
export class Tables extends Construct {
  readonly #tables: Record<TableName, Table>;
  readonly #restored: Restored;

  /** `restored` names tables that were restored from a backup, and are used in place of the stack's own. */
  constructor(scope: Construct, id: string, { restored }: { restored: Restored }) {
    super(scope, id);
    this.#restored = restored;
    const names = Object.keys(tables) as TableName[];
    this.#tables = Object.fromEntries(names.map((name) => [name, this.#create(name)])) as Record<
      TableName,
      Table
    >;
  }

  /** The variable that tells a function a table's name, `TABLE_CUSTOMERS`. */
  environment(names: readonly TableName[]): Record<string, string> {
    return Object.fromEntries(
      names.map((name) => [environmentName(name), this.#restored[name] ?? this.#tables[name].tableName]),
    );
  }

  /** One statement for all tables with the same access, so that a role's policy stays small. */
  grant(grantee: IGrantable, access: { readonly [name in TableName]?: readonly Access[] }): void {
    const all = Object.entries(access) as [TableName, readonly Access[]][];
    const grants = all.map(([name, words]) => [name, words.filter(isOfTable)] as const);
    for (const words of new Map(grants.map(([, words]) => [words.join(), words])).values()) {
      if (words.length === 0) continue;
      grantee.grantPrincipal.addToPrincipalPolicy(
        new PolicyStatement({
          actions: [...new Set(words.flatMap((word) => actions[word]))].map((name) => `dynamodb:${name}`),
          resources: grants
            .filter(([, others]) => others.join() === words.join())
            .map(([name]) => this.#arnOf(name)),
        }),
      );
    }
    const indexes = all.flatMap(([name, words]) =>
      words.filter((word) => !isOfTable(word)).map((word) => this.#indexArn(name, word.split(" ")[1] ?? "")),
    );
    if (indexes.length > 0) {
      grantee.grantPrincipal.addToPrincipalPolicy(
        new PolicyStatement({ actions: ["dynamodb:Query"], resources: indexes }),
      );
    }
  }

  #indexArn(name: TableName, index: string): string {
    const { indexes = {} }: TableShape = tables[name];
    if (!(index in indexes)) throw new Error(`The table ${name} has no index ${index}`);
    return `${this.#arnOf(name)}/index/${index}`;
  }

  #arnOf(name: TableName): string {
    const resourceName = this.#restored[name];
    return resourceName
      ? Stack.of(this).formatArn({ service: "dynamodb", resource: "table", resourceName })
      : this.#tables[name].tableArn;
  }

  #create(name: TableName): Table {
    const { partition, sort, expires, indexes }: TableShape = tables[name];
    const table = new Table(this, name, {
      partitionKey: text(partition),
      ...(sort && { sortKey: text(sort) }),
      ...(expires && { timeToLiveAttribute: expires }),
      billingMode: BillingMode.PAY_PER_REQUEST,
      // AWS's own key encrypts as well as a customer's would, and costs nothing while idle.
      encryption: TableEncryption.DEFAULT,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    for (const [indexName, index] of Object.entries(indexes ?? {})) {
      table.addGlobalSecondaryIndex({
        indexName,
        partitionKey: text(index.partition),
        sortKey: text(index.sort),
        projectionType: ProjectionType.KEYS_ONLY,
      });
    }
    return table;
  }
}

const text = (name: string) => ({ name, type: AttributeType.STRING });

const isOfTable = (word: Access): word is keyof typeof actions => word in actions;
