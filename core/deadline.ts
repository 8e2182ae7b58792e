/** An invocation's view of time: the real clock, waiting, and how long the function may still run. */
export type Deadline = {
  /** Epoch milliseconds. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
  /** Milliseconds until the function is stopped. */
  remaining(): number;
};
