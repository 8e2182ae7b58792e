import { Construct } from "constructs";
import type { Concurrency } from "./concurrency.ts";
import type { Events } from "./events.ts";
import { FunctionApi } from "./http-api.ts";
import type { Keys } from "./keys.ts";
import { type Foundation, SapaFunction } from "./sapa-function.ts";

export type PublicLinksProps = Foundation & { concurrency: Concurrency; events: Events; keys: Keys };

/** Where the links in mails lead: unsubscribe and preferences, open to whoever holds a signed token. */
export class PublicLinks extends Construct {
  readonly url: string;

  constructor(scope: Construct, id: string, props: PublicLinksProps) {
    super(scope, id);
    const handler = new SapaFunction(this, "public-links", {
      ...props,
      reservedConcurrency: props.concurrency.publicLinks,
    });
    props.events.giveTo(handler);
    props.keys.giveTo(handler);
    const api = new FunctionApi(this, "public-links-api", {
      handler,
      // Mailbox providers open the links of a large run within seconds of its delivery.
      throttle: { rateLimit: 200, burstLimit: 400 },
      openBecause: "Customers have no account: each link carries a signed token that the function verifies.",
    });
    this.url = api.url;
  }
}
