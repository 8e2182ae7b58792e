import * as businesses from "./businesses.ts";
import * as campaigns from "./campaigns.ts";
import * as customers from "./customers.ts";
import * as erasures from "./erasures.ts";
import * as imports from "./imports.ts";
import * as items from "./items.ts";
import * as keys from "./keys.ts";
import * as orders from "./orders.ts";
import * as responses from "./responses.ts";
import type { Route } from "./route.ts";
import * as runs from "./runs.ts";
import * as segments from "./segments.ts";
import * as signUps from "./sign-ups.ts";
import * as templates from "./templates.ts";

/** Every operation of the owner API, in the order in which the reference page shows them. */
export const operations: readonly Route[] = [
  businesses,
  keys,
  customers,
  signUps,
  erasures,
  imports,
  orders,
  items,
  segments,
  templates,
  campaigns,
  runs,
  responses,
].flatMap(({ routes }) => routes);
