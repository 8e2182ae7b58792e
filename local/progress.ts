import { performance } from "node:perf_hooks";

export type Progress = {
  /** Shows a step while it lasts, and how long it took. */
  step<T>(what: string, work: (tell: (done: string) => void) => Promise<T>): Promise<T>;
};

type Terminal = { isTTY?: boolean; write(text: string): unknown };

/** Tells of long steps: on one line that changes in a terminal, elsewhere in one line when each has ended. */
export function progress(terminal: Terminal): Progress {
  const clear = terminal.isTTY ? "\r\u001b[K" : "";
  const show = (text: string) => {
    if (terminal.isTTY) terminal.write(`${clear}${text}`);
  };
  return {
    async step(what, work) {
      const began = performance.now();
      let last = "";
      show(`${what} …`);
      try {
        const result = await work((done) => {
          last = done;
          show(`${what} … ${done}`);
        });
        const seconds = ((performance.now() - began) / 1000).toFixed(1);
        terminal.write(`${clear}${what}${last ? `: ${last}` : ""} (${seconds} s)\n`);
        return result;
      } catch (error) {
        if (clear) terminal.write(clear);
        throw error;
      }
    },
  };
}
