import type { BusinessId, CustomerId, RunId } from "../../../core/ids.ts";
import { isReported, receiptKey } from "../../../core/sends.ts";
import type { Invocation } from "./invocations.ts";
import type { Input, Point } from "./points.ts";
import type { World } from "./world.ts";

export type Claim = {
  business: BusinessId;
  customer: CustomerId;
  run: RunId;
  at: number;
  by: Invocation;
};

/** Looks at each call that the product makes, and notes what the invariants are later held against. */
export class Watch {
  /** Claims that were made: who, in which run, when, and by which invocation. */
  readonly claims: Claim[] = [];
  /** What the product did that it must never do, whatever happens. */
  readonly violations: string[] = [];
  /** For each run that sends another's mail again: of whom it was known, when it was asked for, that they had got it. */
  readonly knownBefore = new Map<RunId, ReadonlySet<CustomerId>>();
  readonly #world: World;
  readonly #claimed = new Set<string>();

  constructor(world: World) {
    this.#world = world;
  }

  /** A call is about to take effect. */
  before(point: Point, input: Input, by: Invocation): void {
    if (this.#world.isShared && by.business && !isForAll(input)) this.#speaksOfItsOwn(by, input);
    if (point === "hand-over") this.#hasPlaces(input, by);
  }

  /** A call to DynamoDB has taken effect. */
  after(point: Point, input: Input, { answer, by }: { answer: Input; by: Invocation }): void {
    if (point === "permit") {
      const length = input.ExpressionAttributeValues[":length"];
      const next = Number(answer.Attributes.nextFree);
      const span = length ?? next - input.ExpressionAttributeValues[":now"];
      by.places = { from: next - span, count: Math.floor((span * this.#world.plan.rate) / 1000) };
    }
    if (point === "claim") this.#noteClaims(input, by);
    if (point === "transaction" || point === "backlog") {
      for (const { Put } of input.TransactItems) {
        if (Put?.Item.resendOf) this.knownBefore.set(Put.Item.id, this.#knownIn(Put.Item.resendOf.run));
      }
    }
  }

  /** Those of a request whom the run has mailed before, and of whom a receipt or an event tells so by now. */
  known({ BulkEmailEntries }: Input): ReadonlySet<CustomerId> {
    const known = new Set<CustomerId>();
    for (const { ReplacementTags } of BulkEmailEntries) {
      const [business, run, customer] = ReplacementTags.map((tag: Input) => tag.Value);
      if (this.#world.ses.mailsOf(run, customer).length === 0) continue;
      if (this.#isKnown({ business, run, customer })) known.add(customer);
    }
    return known;
  }

  #knownIn(run: RunId): ReadonlySet<CustomerId> {
    const mails = this.#world.ses.mails.filter((mail) => mail.run === run);
    return new Set(mails.filter((mail) => this.#isKnown(mail)).map(({ customer }) => customer));
  }

  /** Whether a receipt says that SES took a mail, or an event of it is on record. */
  #isKnown({ business, run, customer }: Pick<Claim, "business" | "run" | "customer">): boolean {
    const { tables } = this.#world;
    const send = tables.get("sends", { customer: `${business}#${customer}`, run });
    if (!send) return false;
    const batch = receiptKey(send.batch, send.claim);
    const receipt = tables.get("receipts", { run: `${business}#${run}`, batch });
    return isReported(send) || receipt?.accepted[customer] !== undefined;
  }

  /** I5: whoever sends has taken a place in the rate for each mail. */
  #hasPlaces({ BulkEmailEntries }: Input, by: Invocation): void {
    const { places } = by;
    const count = BulkEmailEntries.length;
    // What one batch has permits for may go in several requests.
    by.places = places && { ...places, count: places.count - count };
    if (!places || places.count < count || places.from > this.#world.timeline.now) {
      this.violations.push(`I5: ${count} mails were handed over without places in the send rate`);
    }
  }

  /** I6: whatever a business's function sends names no other business. */
  #speaksOfItsOwn({ business, name }: Invocation, input: Input): void {
    for (const [named] of JSON.stringify(input).matchAll(/biz_[a-z0-9]+/g)) {
      if (named !== business) this.violations.push(`I6: ${name} of ${business} spoke of ${named}`);
    }
  }

  #noteClaims(input: Input, by: Invocation): void {
    for (const { Put } of input.TransactItems) {
      if (Put?.TableName !== "sends") continue;
      const { business, customerId: customer, run } = Put.Item;
      // A call that the SDK repeated made its claims once.
      if (this.#claimed.has(`${run} ${customer}`)) continue;
      this.#claimed.add(`${run} ${customer}`);
      this.claims.push({ business, customer, run, at: this.#world.timeline.now, by });
    }
  }
}

/** Whoever hands batches out speaks of all businesses, by ids alone: of the backlog, and on the queue of what is sent. */
function isForAll({ TableName, RequestItems, TransactItems, QueueUrl }: Input): boolean {
  const forAll = ["backlog", "account"];
  if (QueueUrl) return QueueUrl === "sends";
  if (TransactItems) {
    const tables = TransactItems.map((item: Input) => (Object.values(item)[0] as Input).TableName);
    return tables.every((table: string) => forAll.includes(table));
  }
  return [TableName, ...Object.keys(RequestItems ?? {})].some((table) => forAll.includes(table));
}
