import { AsyncLocalStorage } from "node:async_hooks";
import type { BusinessId } from "../../../core/ids.ts";

/** How often each function has run in the requests that led to an invocation, one after the other. */
export type Chain = Readonly<Record<string, number>>;

/** One run of a function, or one call that an owner or a customer makes. */
export type Invocation = {
  name: string;
  /** Whom it works for; `undefined` where that is no single business. */
  business: BusinessId | undefined;
  startedAt: number;
  /** When it is stopped, in epoch milliseconds. */
  deadline: number;
  /** Killed: nothing of it happens any more, and nobody gets an answer. */
  dead: boolean;
  finish: (how: Ending) => void;
  /** Places in the send rate that it took and has not used. */
  places: { from: number; count: number } | undefined;
  /** What led to it, itself included. */
  chain: Chain;
};

/**
 * `answered` is all that a caller sees of success; `crashed` is a function that stopped in the middle, or ran out of
 * time; `refused` one that never began, since no execution was free.
 */
export type Ending =
  | { how: "answered"; answer?: unknown }
  | { how: "failed"; error: unknown }
  | { how: "crashed" }
  | { how: "refused" };

/** Which invocation the code that runs now belongs to. */
export const current = new AsyncLocalStorage<Invocation>();
