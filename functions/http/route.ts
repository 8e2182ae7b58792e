import { z } from "zod";
import type { Business } from "../../core/businesses.ts";
import type { Deadline } from "../../core/deadline.ts";
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
  Who extends Access = Access,
> = {
  method: "GET" | "PUT" | "POST" | "PATCH" | "DELETE";
  /** `{item+}` takes the rest of the path with its slashes: receipts are numbered `INV/2026/001`. */
  path: `/v1/${string}`;
  /** The operation's name in the OpenAPI document, camelCase. */
  id: string;
  tag: string;
  summary: string;
  /** What a reader of the reference page needs beyond the schemas; Markdown is not rendered. */
  description?: string;
  access: Who;
  params?: Params;
  query?: Query;
  body?: Body;
  /** A request body for the reference page; without it one is made up from the schema's own examples. */
  example?: unknown;
  /** The schema of each successful status; `undefined` for one without a body. Errors are added to all alike. */
  answers: Record<number, z.ZodType | undefined>;
  /** Statuses of problems beyond those that every operation of its kind may answer (see openapi.ts). */
  problems?: readonly (404 | 409 | 422)[];
  /** The answer holds a secret, so that it is not kept for an `Idempotency-Key` to repeat. */
  secretAnswer?: true;
  /**
   * The answer tells of a person, so that it is not kept either: doing it again is harmless, and is what a repeat with
   * the same `Idempotency-Key` does.
   */
  personalAnswer?: true;
  handle: (request: Request<Params, Query, Body, Who>) => Promise<Answer>;
};

/**
 * `operator`: only the admin key. A scope: a key of the business that has it. `operatorOr` a scope: the admin
 * key, or a key with that scope of the very business that `{business}` in the path names.
 */
export type Access = Scope | "operator" | { operatorOr: Scope };

/** Who makes the request, and what they may do; the operator has every scope. */
export type Caller = { name: "operator" | string; scopes: readonly Scope[] };

type Shape = z.ZodObject;
type Parsed<T> = T extends z.ZodType ? z.output<T> : undefined;

export type Request<Params, Query, Body, Who extends Access = Scope> = {
  /** The business whose key was presented, or that the operator named in the path; none for `operator` routes. */
  business: Who extends "operator" ? undefined : Business;
  caller: Caller;
  params: Parsed<Params>;
  query: Parsed<Query>;
  body: Parsed<Body>;
  /** When the request was received: the only "now" that a core function is given. */
  now: Instant;
  /** How long it may take. */
  deadline: Deadline;
  intent: Intent;
};

/**
 * What tells a repeated request from a new one: its `Idempotency-Key`, and when it was first received, which stays the
 * same although an earlier attempt died half-way.
 */
export type Intent = { key?: string; at: Instant };

export type Answer = { status: number; body?: unknown; headers?: Record<string, string> };

export const ok = (body: unknown): Answer => ({ status: 200, body });
export const created = (body: unknown): Answer => ({ status: 201, body });
export const accepted = (body: unknown): Answer => ({ status: 202, body });
export const noContent = (): Answer => ({ status: 204 });

/** The query of a list: how many at a time, and where to go on. Extend it for filters. */
export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(25).meta({ description: "How many to answer with" }),
  cursor: z
    .string()
    .min(1)
    .max(4000)
    .optional()
    .meta({ description: "`next` of the page before; without it the list begins" }),
});

/** One page of a list; `next` is absent on the last page. */
export const page = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), next: z.string().optional() });

/** Checks a route's types, and lets routes of all shapes stand in one list. */
export const route = <
  Params extends Shape | undefined = undefined,
  Query extends Shape | undefined = undefined,
  Body extends z.ZodType | undefined = undefined,
  const Who extends Access = Access,
>(
  definition: Route<Params, Query, Body, Who>,
): Route => definition as unknown as Route;
