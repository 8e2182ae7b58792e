import { expect } from "vitest";

/** What a machine with other work to do may add to any measurement, in milliseconds of CPU. */
const noise = 40;
const tries = 5;

/** Milliseconds of CPU that this process spends on a piece of work, whatever becomes of it. */
export async function effortOf(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await Promise.resolve()
    .then(work)
    .catch(() => {});
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/**
 * How an input of any size is made, and what reads it; `most` is the milliseconds of CPU that reading may take, two
 * seconds for what fits into a request.
 */
export type Reading<T> = { make: (size: number) => T; read: (input: T) => unknown; most?: number };

/**
 * Holds that twice the input takes at most two and a half times the CPU, and never more than it may at most. Each size
 * counts with its best try, and one that is slow by chance is tried again, since other programs and the garbage
 * collector only ever add to what is measured.
 */
export async function expectLinear<T>({ make, read, most = 2000 }: Reading<T>, size: number): Promise<void> {
  const isLinear = ({ one, two }: { one: number; two: number }): boolean =>
    two <= most && (two <= noise || two <= 2.5 * one + noise / 2);

  const [one, two] = [make(size), make(2 * size)];
  const best = { one: Number.POSITIVE_INFINITY, two: Number.POSITIVE_INFINITY };
  for (let attempt = 1; attempt <= tries; attempt++) {
    best.one = Math.min(best.one, await effortOf(() => read(one)));
    best.two = Math.min(best.two, await effortOf(() => read(two)));
    // Beyond saving: what takes so long is not slow by chance.
    if (isLinear(best) || best.two > 1.25 * most) break;
  }
  expect(best, `CPU for sizes ${size} and ${2 * size}, in milliseconds`).toSatisfy(isLinear);
}

/** Names each shape with its sizes, for `test.each`. */
export const sized = <T>(shapes: Record<string, T>, sizes: readonly number[]): [string, number, T][] =>
  Object.entries(shapes).flatMap(([name, shape]) =>
    sizes.map((size): [string, number, T] => [name, size, shape]),
  );

/** A piece of text as often as it fits. */
export const repeated = (piece: string, length: number): string =>
  piece.repeat(Math.max(1, Math.floor(length / piece.length)));

/** Pieces that are told apart by their number, as many as fit. */
export function numbered(piece: (number: number) => string, length: number): string {
  const pieces: string[] = [];
  for (let number = 0, sum = 0; sum < length; number++) {
    const next = piece(number);
    pieces.push(next);
    sum += next.length;
  }
  return pieces.join("");
}
