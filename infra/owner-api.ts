import { Construct } from "constructs";
import type { Delivery } from "./delivery.ts";
import type { Events } from "./events.ts";
import { FunctionApi } from "./http-api.ts";
import type { Imports } from "./imports.ts";
import type { Keys } from "./keys.ts";
import { type Foundation, SapaFunction } from "./sapa-function.ts";
import type { Schedules } from "./schedules.ts";
import type { Sender } from "./sender.ts";

export type OwnerApiProps = Foundation & {
  delivery: Delivery;
  events: Events;
  imports: Imports;
  keys: Keys;
  schedules: Schedules;
  sender: Sender;
  publicUrl: string;
  /** Of each key. */
  requestsPerMinute: number;
};

/** The owner's and the operator's API. */
export class OwnerApi extends Construct {
  readonly url: string;

  constructor(scope: Construct, id: string, props: OwnerApiProps) {
    super(scope, id);
    const { delivery, events, imports, keys, schedules, sender, publicUrl, requestsPerMinute } = props;
    const handler = new SapaFunction(this, "owner-api", {
      ...props,
      environment: { PUBLIC_URL: publicUrl, REQUESTS_PER_MINUTE: String(requestsPerMinute) },
    });
    events.giveTo(handler);
    keys.giveTo(handler);
    schedules.giveTo(handler, ["runs", "release-batches", "settle-run"]);
    schedules.mayRemove(handler);
    imports.mayBeUploadedTo(handler);
    // A run that its owner begins goes the way of one that a schedule begins.
    delivery.runs.mayBeSentTo(handler, "RUNS_QUEUE_URL");
    sender.maySendToOne(handler);
    sender.mayPrepare(handler);
    sender.mayCheckIdentities(handler);
    // A run's progress depends on the account's rate and on what is left of its quota.
    sender.mayReadAccount(handler);
    const api = new FunctionApi(this, "owner-api-api", {
      handler,
      throttle: { rateLimit: 100, burstLimit: 200 },
      openBecause: "The function checks the key of every request itself, against hashes in a table.",
    });
    this.url = api.url;
  }
}
