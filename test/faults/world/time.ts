/** A world's own time: what happens, happens at an instant of it, one thing after the other, in an order that the seed decides. */
export class Timeline {
  /** Epoch milliseconds. */
  now: number;
  readonly #heap: Happening[] = [];
  #order = 0;

  constructor(now: number) {
    this.now = now;
  }

  /** Has something happen after so many milliseconds, unless it is cancelled. */
  after(milliseconds: number, happen: () => void): Happening {
    const at = this.now + Math.max(0, milliseconds);
    const one = { at, order: this.#order++, happen, cancelled: false };
    this.#push(one);
    return one;
  }

  get isEmpty(): boolean {
    this.#dropCancelled();
    return this.#heap.length === 0;
  }

  /** When the next thing happens. */
  get next(): number {
    this.#dropCancelled();
    return this.#heap[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  /** Lets the next thing happen; what was due while the clock jumped happens late, in order. */
  step(): void {
    this.#dropCancelled();
    const first = this.#pop();
    if (!first) return;
    this.now = Math.max(this.now, first.at);
    first.happen();
  }

  #dropCancelled(): void {
    while (this.#heap[0]?.cancelled) this.#pop();
  }

  #push(one: Happening): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(one);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (!above || !isBefore(one, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = one;
  }

  #pop(): Happening | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      const [left, right] = [heap[2 * at + 1], heap[2 * at + 2]];
      const child = right && left && isBefore(right, left) ? right : left;
      if (!child || !isBefore(child, last)) break;
      heap[at] = child;
      at = 2 * at + (child === right ? 2 : 1);
    }
    heap[at] = last;
    return first;
  }
}

/** Something that is to happen; setting `cancelled` takes it back. */
export type Happening = { at: number; order: number; happen: () => void; cancelled: boolean };

const isBefore = (one: Happening, other: Happening): boolean =>
  one.at < other.at || (one.at === other.at && one.order < other.order);

/** A small generator of numbers in [0, 1) that a seed decides (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
