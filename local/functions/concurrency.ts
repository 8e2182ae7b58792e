/** Too many functions run at once: Lambda's TooManyRequestsException, HTTP 429. */
export class Throttled extends Error {
  /** What AWS calls the limit that was reached. */
  readonly reason: string;

  constructor(functionName: string, reason: string) {
    super(`${functionName} was throttled: ${reason}`);
    this.name = "TooManyRequestsException";
    this.reason = reason;
  }
}

/** So much, or all of a smaller account's limit, has to stay for functions that reserve nothing. */
const minUnreserved = 100;

/**
 * How many functions of the account may run at once: those with reserved concurrency as many as they reserved, all others
 * together what is left.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
 */
export class Concurrency {
  readonly limit: number;
  readonly #reserved = new Map<string, number>();
  readonly #running = new Map<string, number>();
  #unreservedRunning = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** What functions without reserved concurrency share. */
  get unreserved(): number {
    return [...this.#reserved.values()].reduce((left, count) => left - count, this.limit);
  }

  /** Reserves for a function of the template; throws what CloudFormation would fail with. */
  reserve(functionName: string, count: number): void {
    const least = Math.min(minUnreserved, this.limit);
    if (this.unreserved - count < least) {
      throw new Error(
        `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${least}].`,
      );
    }
    this.#reserved.set(functionName, count);
  }

  /** Counts a function as running, until what it returns is called; throws Throttled where there is no room. */
  enter(functionName: string): () => void {
    const running = this.#running.get(functionName) ?? 0;
    const reserved = this.#reserved.get(functionName);
    if (reserved !== undefined && running >= reserved) {
      throw new Throttled(functionName, "ReservedFunctionConcurrentInvocationLimitExceeded");
    }
    if (reserved === undefined && this.#unreservedRunning >= this.unreserved) {
      throw new Throttled(functionName, "ConcurrentInvocationLimitExceeded");
    }
    this.#change(functionName, 1);
    let inside = true;
    return () => {
      if (inside) this.#change(functionName, -1);
      inside = false;
    };
  }

  #change(functionName: string, by: 1 | -1): void {
    this.#running.set(functionName, (this.#running.get(functionName) ?? 0) + by);
    if (!this.#reserved.has(functionName)) this.#unreservedRunning += by;
  }
}
