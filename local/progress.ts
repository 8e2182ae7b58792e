import { performance } from "node:perf_hooks";

export type Progress = {
  /** Shows a step while it lasts, and how long it took. */
  step<T>(what: string, work: (tell: (done: string) => void) => Promise<T>): Promise<T>;
};

type Terminal = { isTTY?: boolean; write(text: string): unknown };

/** In a log, how often a long step says how far it is. */
const every = 5_000;

/** Tells of long steps on a line each: one that changes in a terminal, one that grows elsewhere. */
export function progress(terminal: Terminal): Progress {
  const clear = terminal.isTTY ? "\r\u001b[K" : "";
  return {
    async step(what, work) {
      const began = performance.now();
      let last = "";
      let told = began;
      let shown = "";
      terminal.write(`${clear}${what} … `);
      const tell = (done: string) => {
        last = done;
        if (terminal.isTTY) terminal.write(`${clear}${what} … ${done}`);
        else if (performance.now() - told > every) {
          told = performance.now();
          shown = done;
          terminal.write(`${done} … `);
        }
      };
      try {
        const result = await work(tell);
        const seconds = ((performance.now() - began) / 1000).toFixed(1);
        const fresh = last && last !== shown;
        const done = fresh || terminal.isTTY ? `${last} (${seconds} s)`.trim() : `(${seconds} s)`;
        terminal.write(terminal.isTTY ? `${clear}${what}: ${done}\n` : `${done}\n`);
        return result;
      } catch (error) {
        terminal.write("\n");
        throw error;
      }
    },
  };
}
