import fc from "fast-check";
import { operations } from "../../functions/http/operations.ts";
import type { Route } from "../../functions/http/route.ts";

/** Whose key a request of the second business is made with. */
export type KeyHolder = "own" | "without the scope" | "own, deleted" | "theirs, deleted" | "their link";

/** A request to the API by the second business, without the ids that it will hold: those are given as it goes on. */
export type Asking = {
  kind: "ask";
  operation: string;
  key: KeyHolder;
  /** Which of the first business's ids, cursors and earlier requests is meant; the newest is 0. */
  which: number;
  /** For each parameter of the path, in turn, and then for the body: whether its ids are the first business's. */
  foreign: boolean[];
  cursor: "none" | "theirs";
  idempotencyKey: "none" | "theirs" | "own";
};

export type Step =
  | Asking
  /** A request that the first business made is made again to the letter, with its Idempotency-Key. */
  | { kind: "replay"; which: number }
  /** One business's upload URL with what belongs to the other's. */
  | { kind: "upload"; which: number; path: "own" | "theirs"; signature: "own" | "theirs" | "none" }
  /** The beginning of the first business's link and the end of the second's, or the other way round. */
  | { kind: "link"; at: number; theirsFirst: boolean; method: "GET" | "POST" };

/** What the first business does, then what the second tries with all that the first was given. */
export type Chain = { theirs: string[]; ours: Step[] };

/** Every operation that a business's own key may call. */
export const routes: readonly Route[] = operations.filter(({ access }) => access !== "operator");

export function routeNamed(id: string): Route {
  const route = routes.find((one) => one.id === id);
  if (!route) throw new Error(`There is no operation ${id}`);
  return route;
}

/** Those that take nothing away, so that there stays something to be reached. */
const lasting = routes.filter(({ id, method }) => method !== "DELETE" && !/^(archive|cancel|pause)/.test(id));

const which = fc.nat({ max: 3 });
const mostly = <T>(likely: T, others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant(likely) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );

const asking: fc.Arbitrary<Asking> = fc.record({
  kind: fc.constant("ask"),
  operation: fc.constantFrom(...routes.map(({ id }) => id)),
  key: mostly<KeyHolder>("own", ["without the scope", "own, deleted", "theirs, deleted", "their link"]),
  which,
  foreign: fc.array(mostly(true, [false]), { minLength: 3, maxLength: 3 }),
  cursor: fc.constantFrom("none", "theirs"),
  idempotencyKey: fc.constantFrom("none", "theirs", "own"),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: asking },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("replay" as const), which }) },
  {
    weight: 1,
    arbitrary: fc
      .record({
        kind: fc.constant("upload" as const),
        which,
        path: fc.constantFrom("own" as const, "theirs" as const),
        signature: fc.constantFrom("own" as const, "theirs" as const, "none" as const),
      })
      // Whoever holds a whole upload URL may use it: that is what it is for.
      .filter(({ path, signature }) => path !== signature),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("link" as const),
      at: fc.nat({ max: 200 }),
      theirsFirst: fc.boolean(),
      method: fc.constantFrom("GET" as const, "POST" as const),
    }),
  },
);

export const chain: fc.Arbitrary<Chain> = fc.record({
  theirs: fc.array(fc.constantFrom(...lasting.map(({ id }) => id)), { minLength: 2, maxLength: 5 }),
  ours: fc.array(step, { minLength: 6, maxLength: 12 }),
});
