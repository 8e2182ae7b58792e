export const median = (values: readonly number[]): number => at(values, 0.5);

/** The value that so large a part of the values does not exceed, `0.99` for the 99th percentile. */
export function at(values: readonly number[], part: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
