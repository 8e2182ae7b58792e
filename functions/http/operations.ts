import * as businesses from "./businesses.ts";
import * as keys from "./keys.ts";
import type { Route } from "./route.ts";

/** Every operation of the owner API, in the order in which the reference page shows them. */
export const operations: readonly Route[] = [...businesses.routes, ...keys.routes];
