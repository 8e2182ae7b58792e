export type DatabaseName = "the local host" | "DynamoDB Local" | "MiniStack";

/** A promise of the contract, worded as its test, that an emulator is known not to keep. */
export type Deviation = {
  promise: string;
  /** What the emulator does instead. */
  instead: string;
  /** Where AWS documents the promise. */
  documented: string;
};

const guide = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide";
const reference = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference";

/**
 * Where the emulators differ from what AWS documents. The contract says what AWS does; each test named here must fail
 * on that emulator, so that a deviation which is mended is struck from this list. The local host has none.
 */
const deviations: Record<DatabaseName, readonly Deviation[]> = {
  "the local host": [],
  "DynamoDB Local": [
    {
      promise: "no update gives an item an index's key of another type",
      instead: "it is taken, and left out of the index",
      documented: `${guide}/GSI.html`,
    },
    {
      promise: "two operations on one item refuse the whole request",
      instead: "the transaction is cancelled",
      documented: "https://repost.aws/knowledge-center/dynamodb-transactwriteitems",
    },
    {
      promise: "an operation that can't be done on the item as it is stops all, with its own reason",
      instead: "the request is refused",
      documented: `${reference}/API_TransactWriteItems.html`,
    },
    {
      promise: "a transaction costs double, summed up by table",
      instead: "tables are given each other's costs",
      documented: `${guide}/transaction-apis.html`,
    },
  ],
  MiniStack: [
    {
      promise: "an index's sort key holds 1,024 bytes, and no more",
      instead: "it may be longer",
      documented: `${guide}/Constraints.html`,
    },
    {
      promise: "a page holds at most 1 MB",
      instead: "a page holds everything",
      documented: `${reference}/API_Query.html`,
    },
    {
      promise: "reads beyond 16 MB are left over for the next call",
      instead: "they are read",
      documented: `${reference}/API_BatchGetItem.html`,
    },
    {
      promise: "an operation that can't be done on the item as it is stops all, with its own reason",
      instead: "it is done",
      documented: `${reference}/API_TransactWriteItems.html`,
    },
  ],
};

export const deviationsOf = (name: DatabaseName): readonly Deviation[] => deviations[name];
