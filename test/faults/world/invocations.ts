import { AsyncLocalStorage } from "node:async_hooks";
import type { BusinessId } from "../../../core/ids.ts";

/** One run of a function, or one call that an owner or a customer makes. */
export type Invocation = {
  name: string;
  business: BusinessId;
  startedAt: number;
  /** Killed: nothing of it happens any more, and nobody gets an answer. */
  dead: boolean;
  finish: (how: Ending) => void;
  /** Places in the send rate that it took and has not used. */
  places: { from: number; count: number } | undefined;
};

/** `answered` is all that a caller sees of success; `crashed` is a function that stopped in the middle. */
export type Ending = { how: "answered" } | { how: "failed"; error: unknown } | { how: "crashed" };

/** Which invocation the code that runs now belongs to. */
export const current = new AsyncLocalStorage<Invocation>();
