/**
 * What the parts of the local host promise each other. A service hosts some resource types of the synthesised
 * template and answers the AWS calls that go to them; the host resolves the template, runs the functions and
 * owns the clock.
 */

import type { Readable } from "node:stream";
import type { Journal } from "./journal.ts";

/** A resource of the template with every intrinsic resolved. */
export type Resource = { logicalId: string; type: string; properties: Record<string, unknown> };

/** What `Ref` and `Fn::GetAtt` of a resource give to others. */
export type Created = { ref: string; attributes: Record<string, string> };

/** An AWS API call: what an SDK sent to `AWS_ENDPOINT_URL_<ENDPOINT>`, path without the endpoint's own prefix. */
export type AwsRequest = {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Record<string, string>;
  body: Buffer;
  /** The body as it arrives, for a service that `streams`; `body` is then empty. */
  stream?: Readable;
  /** Logical id of the function whose access key signed the call; undefined for calls from outside (tests). */
  caller: string | undefined;
};
export type AwsAnswer = {
  status: number;
  headers?: Record<string, string>;
  body?: string | Buffer | Readable;
};

/** What the host tells a service that it makes: `queues(host, options)`. */
export type ServiceOptions = {
  /**
   * Where the service's calls arrive, without a slash at the end, `http://127.0.0.1:3003/sqs`. Queue URLs begin with
   * it: the SDK calls the origin of a queue's URL, so it must have the same host and port as AWS_ENDPOINT_URL_SQS.
   */
  url: string;
  /** Where state is kept between starts; nothing is kept without it. */
  journal?: Journal | undefined;
};

export interface Service {
  /** The resource types that this service hosts, `AWS::SQS::Queue`. */
  readonly types: readonly string[];
  /** `SQS` for `AWS_ENDPOINT_URL_SQS`; absent when nobody calls the service. */
  readonly endpoint?: string;
  /** Hosts a resource; throws for a property that it does not understand and that would change behaviour. */
  create(resource: Resource): Promise<Created>;
  answer?(request: AwsRequest): Promise<AwsAnswer>;
  /** True when `answer` reads `request.stream` instead of `request.body`. */
  readonly streams?: boolean;
  /** Takes what `Host.deliver` sends to a resource of this service; undefined when the ARN is not one of its own. */
  deliver?(
    targetArn: string,
    payload: string,
    options?: { messageGroupId?: string },
  ): Promise<void> | undefined;
  /** Called once after every resource was created. */
  start?(): Promise<void>;
  stop(): Promise<void>;
}

/** The clock of the host. It runs on from wherever it was set. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /**
   * Runs `action` when the clock reaches `due` (at once if that is past), whether time passes or is moved.
   * When the clock is moved, actions run in the order of their due times: the clock is set to each one's due
   * time, runs on from there, and the host is idle before the next. Returns a function that cancels it.
   * `what` names the action for the owner who moved the clock: `schedule sapa/cam_x`, `queue sends: 3 messages`.
   */
  at(due: number, action: () => void | Promise<void>, what?: string): () => void;
}

/**
 * A part of AWS that acts for the stack: Lambda with a function's role, or another service on behalf of one of the
 * stack's resources (`source` is its ARN), with a role where it takes one.
 */
export type Actor = { function: string } | { service: string; source: string; role?: string };

/** What services may ask of the host. */
export interface Host {
  readonly clock: Clock;
  readonly account: string; // 000000000000
  readonly region: string; // us-east-1
  /**
   * Invokes the function with this ARN or logical id as Lambda would, and waits for its answer. Rejects when the handler
   * throws or times out, with Throttled when too many functions run at once, and with RecursiveInvocation when one of
   * `traces`, the X-Ray trace headers of what caused the event, shows a loop.
   */
  invoke(
    functionArn: string,
    event: unknown,
    options?: { traces?: readonly (string | undefined)[] },
  ): Promise<unknown>;
  /** Delivers to any hosted target by its ARN (a queue, a function, a bus), as Scheduler and EventBridge rules do. */
  deliver(targetArn: string, payload: string, options?: { messageGroupId?: string }): Promise<void>;
  /** Puts an event on the bus with this name (`default` for AWS's own). */
  emit(
    bus: string,
    event: { source: string; "detail-type": string; detail: unknown; time?: string },
  ): Promise<void>;
  /** Throws NotAllowed unless the stack's policies let `actor` do this to that: `lambda:InvokeFunction`, an ARN. */
  allow(actor: Actor, action: string, resource: string): void;
  /** Whether a role's trust policy lets a service take it. */
  trusts(actor: { service: string; source: string; role: string }): boolean;
  /** Work that keeps the host from being idle until the promise settles: `clock` moves and `idle` wait for it. */
  busy<T>(work: Promise<T>): Promise<T>;
}
