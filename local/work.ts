import { setTimeout as pause, setImmediate as turn } from "node:timers/promises";

export type Work = {
  /** Counts the promise as under way until it settles. */
  busy<T>(work: Promise<T>): Promise<T>;
  /** Resolves when nothing is under way and nothing follows from what just ended. */
  idle(): Promise<void>;
};

/** What is under way on the host: moves of the clock, and tests, wait for it to end. */
export function work(): Work {
  let running = 0;
  let waiting: (() => void)[] = [];

  const ended = () => {
    running--;
    if (running > 0) return;
    const waited = waiting;
    waiting = [];
    for (const wake of waited) wake();
  };

  return {
    busy(work) {
      running++;
      work.then(ended, ended);
      return work;
    },
    async idle() {
      // What ends may have caused a message or an event that is only now being picked up: look thrice.
      for (let quiet = 0; quiet < 3; quiet++) {
        if (running > 0) {
          quiet = -1;
          await new Promise<void>((resolve) => waiting.push(resolve));
        }
        await turn();
        await pause(1);
      }
    },
  };
}
