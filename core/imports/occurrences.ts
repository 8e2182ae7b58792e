/** Of a key's four counters the least is at least its count: others may share some, hardly ever all. */
const hashes = 4;
const full = 255;

/**
 * Counts how often each of millions of keys is still to come, in a few bytes each: a count-min sketch (Cormode and
 * Muthukrishnan 2005). It may say that a key is still to come when it is not, never the other
 * way round.
 */
export class Occurrences {
  readonly #counters: Uint8Array;
  readonly #mask: number;

  /** For a file of so many bytes: at most one counter for each, and 64 MB. */
  constructor(bytes: number) {
    const size = 2 ** Math.min(26, Math.max(12, Math.ceil(Math.log2(bytes + 1))));
    this.#counters = new Uint8Array(size);
    this.#mask = size - 1;
  }

  add(key: string): void {
    for (const slot of this.#slots(key)) {
      const count = this.#counters[slot] ?? 0;
      if (count < full) this.#counters[slot] = count + 1;
    }
  }

  /** Takes back one `add` of the same key. A counter that was full once stays so: its count is not known. */
  remove(key: string): void {
    for (const slot of this.#slots(key)) {
      const count = this.#counters[slot] ?? 0;
      if (count > 0 && count < full) this.#counters[slot] = count - 1;
    }
  }

  has(key: string): boolean {
    return this.#slots(key).every((slot) => (this.#counters[slot] ?? 0) > 0);
  }

  /** FNV-1a twice, from two beginnings, and sums of the two (Kirsch and Mitzenmacher 2006). */
  #slots(key: string): number[] {
    let one = 0x811c9dc5;
    let two = 0x050c5d1f;
    for (let at = 0; at < key.length; at++) {
      const code = key.charCodeAt(at);
      one = Math.imul(one ^ code, 0x01000193);
      two = Math.imul(two ^ code ^ (at & 0xff), 0x01000193);
    }
    two |= 1;
    return Array.from({ length: hashes }, (_, at) => ((one + Math.imul(at, two)) >>> 0) & this.#mask);
  }
}
