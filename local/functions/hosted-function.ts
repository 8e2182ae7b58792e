import { FunctionError, Instance, type InstanceOptions } from "./instance.ts";

export type FunctionOptions = Omit<InstanceOptions, "onLine"> & {
  /** Milliseconds after which an event under way is given up. */
  timeout: number;
  /** The most instances at once; further events wait, as they do for Lambda to scale. */
  instances: number;
  onLine: (functionName: string, line: string, stream: "stdout" | "stderr") => void;
  onFailure: (error: FunctionError) => void;
  /** Told what each event took; see `Instance.spent`. */
  onSpent?: ((spent: { event: unknown; milliseconds: number; active: number }) => void) | undefined;
};

/** One Lambda function: instances are started as events come in, and reused. */
export class HostedFunction {
  readonly name: string;
  readonly #options: FunctionOptions;
  readonly #all = new Set<Instance>();
  readonly #free: Instance[] = [];
  readonly #waiting: ((instance: Instance) => void)[] = [];
  #stopped = false;

  constructor(options: FunctionOptions) {
    this.#options = options;
    this.name = options.context.functionName;
  }

  /** Handles an event as Lambda does: through JSON, one at a time for each instance. */
  async invoke(event: unknown, about: { requestId: string; trace: string }): Promise<unknown> {
    const instance = await this.#borrow();
    try {
      const answer = await instance.invoke({
        ...about,
        event: JSON.stringify(event) ?? "null",
        milliseconds: this.#options.timeout,
      });
      return JSON.parse(answer);
    } catch (error) {
      if (error instanceof FunctionError && !this.#stopped) this.#options.onFailure(error);
      throw error;
    } finally {
      this.#options.onSpent?.({ event, ...instance.spent });
      this.#giveBack(instance);
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#all].map((instance) => instance.stop()));
  }

  async #borrow(): Promise<Instance> {
    if (this.#stopped) throw new Error(`${this.name} is not running any more`);
    const free = this.#free.pop();
    if (free) return free;
    if (this.#all.size < this.#options.instances) return this.#begin();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #begin(): Instance {
    const { timeout, instances, onLine, onFailure, onSpent, ...options } = this.#options;
    const instance = new Instance({
      ...options,
      onLine: (line, stream) => onLine(this.name, line, stream),
    });
    this.#all.add(instance);
    return instance;
  }

  #giveBack(instance: Instance) {
    if (!instance.alive) this.#all.delete(instance);
    const next = this.#waiting.shift();
    if (!next) {
      if (instance.alive) this.#free.push(instance);
    } else if (instance.alive) next(instance);
    else if (!this.#stopped) next(this.#begin());
  }
}
