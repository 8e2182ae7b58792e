/** The bounds of a range of keys, as dynalite's queries state them. */
export type Range = { gte?: string; gt?: string; lte?: string; lt?: string; reverse?: boolean };

type Partition = { keys: string[]; values: string[] };

/**
 * Values under keys, in the order of the keys. A key is dynalite's: `hash/partition/sort/…` in hexadecimal, so
 * that text order is DynamoDB's order. Each partition is a sorted array: finding takes a binary search, and
 * adding moves what follows, which for the sizes of one machine is quicker than any tree.
 */
export class Entries {
  readonly #partitions = new Map<string, Partition>();

  get(key: string): string | undefined {
    const partition = this.#partitions.get(partitionOf(key));
    if (!partition) return undefined;
    const place = firstAtOrAfter(partition.keys, key);
    return partition.keys[place] === key ? partition.values[place] : undefined;
  }

  put(key: string, value: string): void {
    const name = partitionOf(key);
    const partition = this.#partitions.get(name);
    if (!partition) {
      this.#partitions.set(name, { keys: [key], values: [value] });
      return;
    }
    const place = firstAtOrAfter(partition.keys, key);
    if (partition.keys[place] === key) {
      partition.values[place] = value;
    } else {
      partition.keys.splice(place, 0, key);
      partition.values.splice(place, 0, value);
    }
  }

  delete(key: string): void {
    const name = partitionOf(key);
    const partition = this.#partitions.get(name);
    if (!partition) return;
    const place = firstAtOrAfter(partition.keys, key);
    if (partition.keys[place] !== key) return;
    partition.keys.splice(place, 1);
    partition.values.splice(place, 1);
    if (partition.keys.length === 0) this.#partitions.delete(name);
  }

  /** The values in a range, in order. It must be read to its end, or dropped, before anything is changed. */
  *range(range: Range): Generator<string> {
    const low = range.gte ?? range.gt ?? "";
    const high = range.lte ?? range.lt ?? "~";
    for (const { keys, values } of this.#partitionsBetween(low, high)) {
      const from = range.gt === undefined ? firstAtOrAfter(keys, low) : firstAfter(keys, low);
      const to = range.lte === undefined ? firstAtOrAfter(keys, high) : firstAfter(keys, high);
      if (range.reverse) for (let place = to - 1; place >= from; place--) yield values[place] ?? "";
      else for (let place = from; place < to; place++) yield values[place] ?? "";
    }
  }

  /** A query stays inside one partition; a scan goes through all, in the order of their hashes. */
  #partitionsBetween(low: string, high: string): Partition[] {
    if (isWithinOne(low, high)) {
      const partition = this.#partitions.get(partitionOf(low));
      return partition ? [partition] : [];
    }
    return [...this.#partitions].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, found]) => found);
  }
}

/** `hash/partition/` of `hash/partition/sort/…`. */
const partitionOf = (key: string): string => key.slice(0, key.indexOf("/", key.indexOf("/") + 1) + 1);

const isWithinOne = (low: string, high: string): boolean => {
  const partition = partitionOf(low);
  return partition !== "" && high.startsWith(partition);
};

function firstAtOrAfter(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? "") < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

function firstAfter(keys: readonly string[], key: string): number {
  const place = firstAtOrAfter(keys, key);
  return keys[place] === key ? place + 1 : place;
}
