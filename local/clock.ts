import type { Clock } from "./contract.ts";

/** Something that fell due while the clock was moved. */
export type Fired = { at: string; what: string };

export type HostClock = Clock & {
  /** Milliseconds to add to the machine's own time; functions in their threads read it from here too. */
  readonly offset: Float64Array<SharedArrayBuffer>;
  /** Moves the clock forward to `to` (epoch milliseconds), firing what falls due on the way, in order. */
  move(to: number): Promise<Fired[]>;
  stop(): void;
};

/** The clock was asked to go back, which would un-happen what already fell due. */
export class ClockMovedBack extends Error {
  constructor(now: number, to: number) {
    super(`The clock can't go back: it is ${iso(now)}, which is after ${iso(to)}`);
    this.name = "ClockMovedBack";
  }
}

type Due = { due: number; order: number; action: () => void | Promise<void>; what: string };

type ClockOptions = {
  /** Epoch milliseconds to start at; without it the machine's own time. */
  start?: number | undefined;
  /** Resolves when what has fired has run its course. */
  idle: () => Promise<void>;
  busy: <T>(work: Promise<T>) => Promise<T>;
  /** Told of an action that failed; nothing else stops for it. */
  onError: (error: unknown, what: string) => void;
  /** Told of each new offset, before anything happens at the new time. */
  onOffset?: (offset: number) => void;
};

/** The longest that setTimeout can wait. */
const longest = 2 ** 31 - 1;

export function startClock({ start, idle, busy, onError, onOffset }: ClockOptions): HostClock {
  const offset = new Float64Array(new SharedArrayBuffer(8));
  const setTo = (time: number) => {
    offset[0] = time - Date.now();
    onOffset?.(offset[0]);
  };
  if (start !== undefined) setTo(start);
  const now = () => Date.now() + (offset[0] ?? 0);

  /** By due time, then in the order they were asked for. */
  const pending: Due[] = [];
  let asked = 0;
  let timer: NodeJS.Timeout | undefined;
  /** While the clock is moved, what was pending before the current step waits for its turn. */
  let fence = 0;
  let moves: Promise<unknown> = Promise.resolve();

  async function run({ action, what }: Due) {
    try {
      await busy(Promise.resolve().then(action));
    } catch (error) {
      onError(error, what);
    }
  }

  function fireDue() {
    const time = now();
    for (let index = 0; index < pending.length; ) {
      const next = pending[index];
      if (!next || next.due > time) break;
      if (next.order < fence) index++;
      else void run(...(pending.splice(index, 1) as [Due]));
    }
    arm();
  }

  function arm() {
    clearTimeout(timer);
    const next = pending.find(({ order }) => order >= fence);
    if (!next) return;
    timer = setTimeout(fireDue, Math.min(Math.max(0, Math.ceil(next.due - now())), longest));
  }

  function at(due: number, action: Due["action"], what = "something unnamed") {
    const entry = { due, order: asked++, action, what };
    const index = pending.findIndex((other) => other.due > due);
    pending.splice(index < 0 ? pending.length : index, 0, entry);
    arm();
    return () => {
      const found = pending.indexOf(entry);
      if (found < 0) return;
      pending.splice(found, 1);
      if (found === 0) arm();
    };
  }

  async function moveNow(to: number): Promise<Fired[]> {
    if (to < now()) throw new ClockMovedBack(now(), to);
    const fired: Fired[] = [];
    try {
      await idle();
      for (let next = pending[0]; next && next.due <= to; next = pending[0]) {
        pending.shift();
        setTo(Math.max(next.due, now()));
        fence = asked;
        fired.push({ at: iso(next.due), what: next.what });
        await run(next);
        await idle();
      }
      setTo(Math.max(to, now()));
      return fired;
    } finally {
      fence = 0;
      arm();
    }
  }

  return {
    now,
    at,
    offset,
    move(to) {
      const move = moves.then(() => moveNow(to));
      moves = move.catch(() => undefined);
      return move;
    },
    stop() {
      pending.length = 0;
      clearTimeout(timer);
    },
  };
}

const iso = (time: number) => new Date(time).toISOString();
