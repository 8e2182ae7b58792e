import type { z } from "zod";
import type { Business } from "../../core/businesses.ts";
import type { Scope } from "../../core/keys.ts";
import type { Instant } from "../../core/time.ts";

/**
 * One operation of the owner API, in one place: the router dispatches from it and the OpenAPI document is
 * generated from it. `handle` parses nothing and catches nothing: it calls one core function and returns.
 *
 *     export const read = route({
 *       method: "GET",
 *       path: "/v1/customers/{customer}",
 *       id: "readCustomer",
 *       tag: "Customers",
 *       summary: "Read a customer",
 *       access: "customers:read",
 *       params: z.object({ customer: CustomerId }),
 *       answers: { 200: Customer },
 *       handle: async ({ business, params }) => ok(await customers.get(business, params.customer)),
 *     });
 */
export type Route<
  Params extends Shape | undefined = Shape | undefined,
  Query extends Shape | undefined = Shape | undefined,
  Body extends z.ZodType | undefined = z.ZodType | undefined,
> = {
  method: "GET" | "PUT" | "POST" | "PATCH" | "DELETE";
  path: `/v1/${string}`;
  /** The operation's name in the OpenAPI document, camelCase. */
  id: string;
  tag: string;
  summary: string;
  /** What a reader of the reference page needs beyond the schemas; Markdown is not rendered. */
  description?: string;
  /** `operator`: only the admin key. A scope: a key of the business that has it. */
  access: Scope | "operator";
  params?: Params;
  query?: Query;
  body?: Body;
  /** The schema of each successful status; `undefined` for one without a body. Errors are added to all alike. */
  answers: Record<number, z.ZodType | undefined>;
  /** Statuses of problems beyond 400, 401, 403, 404, 413, that this operation may answer. */
  problems?: readonly (409 | 422 | 429)[];
  handle: (request: Request<Params, Query, Body>) => Promise<Answer>;
};

type Shape = z.ZodObject;
type Parsed<T> = T extends z.ZodType ? z.output<T> : undefined;

export type Request<Params, Query, Body> = {
  /** The business whose key was presented. For operator routes, the one named in the path if any. */
  business: Business;
  params: Parsed<Params>;
  query: Parsed<Query>;
  body: Parsed<Body>;
  /** When the request was received: the only "now" that a core function is given. */
  now: Instant;
};

export type Answer = { status: number; body?: unknown; headers?: Record<string, string> };

export const ok = (body: unknown): Answer => ({ status: 200, body });
export const created = (body: unknown): Answer => ({ status: 201, body });
export const accepted = (body: unknown): Answer => ({ status: 202, body });
export const noContent = (): Answer => ({ status: 204 });

/** Checks a route's types, and lets routes of all shapes stand in one list. */
export const route = <
  Params extends Shape | undefined = undefined,
  Query extends Shape | undefined = undefined,
  Body extends z.ZodType | undefined = undefined,
>(
  definition: Route<Params, Query, Body>,
): Route => definition as unknown as Route;
