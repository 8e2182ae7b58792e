/** For each table, what each write to it cost its indexes, in write units by the index's name. */
export type Units = Map<string, Record<string, number>[]>;

type Consumed = {
  TableName: string;
  CapacityUnits: number;
  WriteCapacityUnits?: number;
  Table?: { CapacityUnits: number };
  GlobalSecondaryIndexes?: Record<string, { CapacityUnits: number }>;
};

/** dynalite counts only the table; writing its indexes costs too, and is what KEYS_ONLY indexes save. */
export function addIndexUnits(answer: Record<string, unknown>, units: Units): Record<string, unknown> {
  const consumed = answer.ConsumedCapacity as Consumed | Consumed[] | undefined;
  if (consumed) for (const one of [consumed].flat()) addTo(one, units.get(one.TableName) ?? []);
  return answer;
}

function addTo(consumed: Consumed, writes: Record<string, number>[]): void {
  const byIndex: Record<string, { CapacityUnits: number }> = {};
  for (const [index, units] of writes.flatMap((write) => Object.entries(write))) {
    consumed.CapacityUnits += units;
    byIndex[index] = { CapacityUnits: (byIndex[index]?.CapacityUnits ?? 0) + units };
  }
  if (consumed.Table && Object.keys(byIndex).length) consumed.GlobalSecondaryIndexes = byIndex;
}

/** What a transaction consumed, by table: twice what its operations would have cost alone. */
export function ofTransaction(
  operations: readonly Record<string, unknown>[],
  units: Units,
): Consumed[] | undefined {
  const tables = new Map<string, Consumed>();
  for (const { ConsumedCapacity } of operations) {
    if (!ConsumedCapacity) return undefined;
    const one = ConsumedCapacity as Consumed;
    const sum = tables.get(one.TableName) ?? { TableName: one.TableName, CapacityUnits: 0 };
    sum.CapacityUnits += one.CapacityUnits;
    if (one.Table) sum.Table = { CapacityUnits: sum.CapacityUnits };
    tables.set(one.TableName, sum);
  }
  return [...tables.values()].map((sum) => {
    addTo(sum, units.get(sum.TableName) ?? []);
    sum.CapacityUnits *= 2;
    if (sum.Table) sum.Table.CapacityUnits *= 2;
    for (const index of Object.values(sum.GlobalSecondaryIndexes ?? {})) index.CapacityUnits *= 2;
    return sum;
  });
}
