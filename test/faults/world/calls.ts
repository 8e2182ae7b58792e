import { brokenOff, type Fault, refusal } from "./faults.ts";
import { current, type Invocation } from "./invocations.ts";
import { type Input, type Point, pointOf } from "./points.ts";
import type { World } from "./world.ts";

type Call = {
  command: string;
  input: Input;
  point: Point;
  by: Invocation;
  resolve: (answer: Input) => void;
  reject: (error: unknown) => void;
};

const dynamo = /^(Get|Put|Update|Delete|Query|BatchGet|BatchWrite|TransactWrite)Command$/;

/** Every call to AWS that the product makes: when it takes effect, what goes wrong, what is answered. */
export class Calls {
  /** Claims that were made: who, in which run, when, and by which invocation. */
  readonly claims: { business: string; customer: string; run: string; at: number; by: Invocation }[] = [];
  /** What the product did that it must never do, whatever happens. */
  readonly trespasses: string[] = [];
  /** How many there were. */
  count = 0;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** Makes a call of the code that runs now. Outside of any invocation it takes effect at once, unharmed. */
  make(sent: object): Promise<Input> {
    const command = sent.constructor.name;
    const { input } = sent as { input: Input };
    const by = current.getStore();
    if (!by) return this.#effect({ command, input, point: pointOf(command, input), by: outside }, undefined);
    return new Promise((resolve, reject) => {
      // Who was killed goes on no further.
      if (by.dead) return;
      this.count += 1;
      const point = pointOf(command, input);
      const call: Call = { command, input, point, by, resolve, reject };
      const fault = by.name === "record-feedback" ? undefined : this.#world.faults.next(point);
      const moment = 1 + this.#world.random() * 40;
      const late = fault?.kind === "stall-before" ? 5_000 + (fault.pick % 115) * 1_000 : 0;
      this.#world.timeline.after(moment + late, () => this.#arrive(call, fault));
    });
  }

  #arrive(call: Call, fault: Fault | undefined): void {
    if (call.by.dead) return;
    if (fault) this.#world.note(`${call.by.name}: ${fault.kind} at ${call.point} ${fault.nth}`);
    switch (fault?.kind) {
      case "kill-before":
        call.by.finish({ how: "crashed" });
        return;
      case "fail-before":
        call.reject(brokenOff());
        return;
      case "throttle":
        if (call.point !== "hand-over") {
          call.reject(refusal(call.command, fault.pick));
          return;
        }
    }
    this.#effect(call, fault).then(
      (answer) => this.#answer(call, fault, () => call.resolve(answer)),
      (error: unknown) => this.#answer(call, fault, () => call.reject(error)),
    );
  }

  #answer(call: Call, fault: Fault | undefined, answer: () => void): void {
    if (call.by.dead) return;
    switch (fault?.kind) {
      case "kill-after":
        call.by.finish({ how: "crashed" });
        return;
      case "fail-after":
        call.reject(brokenOff());
        return;
      case "stall-after":
        this.#world.timeline.after(5_000 + (fault.pick % 115) * 1_000, () => {
          if (!call.by.dead) answer();
        });
        return;
      case "repeat":
        // SES is never asked twice by itself.
        if (call.command === "SendBulkEmailCommand") break;
        this.#effect(call, undefined).then(call.resolve, call.reject);
        return;
    }
    answer();
  }

  async #effect(call: Omit<Call, "resolve" | "reject">, fault: Fault | undefined): Promise<Input> {
    const { command, point, by } = call;
    const world = this.#world;
    const input = world.tamper && by !== outside ? await world.tamper(point, call.input) : call.input;
    if (by !== outside) this.#watch(by, input);
    if (dynamo.test(command)) {
      if (fault?.kind === "partly" && point === "keys") return halfOfKeys(world, input);
      const answer = await world.tables.perform(command, input);
      this.#note(point, input, { answer, by });
      return answer;
    }
    switch (command) {
      case "SendBulkEmailCommand":
        return this.#handOver(input, by, fault);
      case "SendMessageBatchCommand":
        return this.#enqueue(input, fault);
      case "PutEventsCommand":
        if (fault?.kind === "partly")
          return { FailedEntryCount: 1, Entries: [{ ErrorCode: "InternalFailure" }] };
        for (const { DetailType, Detail } of input.Entries) {
          world.bus.push({ type: DetailType, detail: JSON.parse(Detail) });
          if (DetailType === "erasure.requested") world.scheduler.fired("erase-customers", Detail);
        }
        return { FailedEntryCount: 0, Entries: [] };
      case "GetSecretValueCommand":
        return { SecretString: JSON.stringify({ root: "a root of thirty-two letters or more" }) };
      default:
        return command.includes("Schedule")
          ? world.scheduler.perform(command, input)
          : world.ses.perform(command, input);
    }
  }

  async #handOver(input: Input, by: Invocation, fault: Fault | undefined): Promise<Input> {
    const world = this.#world;
    const { places } = by;
    by.places = undefined;
    const count = input.BulkEmailEntries.length;
    if (!places || places.count < count || places.from > world.timeline.now) {
      this.trespasses.push(`I5: ${count} mails were handed over without places in the send rate`);
    }
    return world.ses.sendBulk(input, by, { fault, known: await this.#known(input) });
  }

  /** Those of a request whom the run has mailed before, and of whom a receipt or an event tells so by now. */
  async #known({ BulkEmailEntries }: Input): Promise<Set<string>> {
    const known = new Set<string>();
    for (const { ReplacementTags } of BulkEmailEntries) {
      const [business, run, customer] = ReplacementTags.map((tag: Input) => tag.Value);
      if (!this.#world.ses.mails.some((mail) => mail.run === run && mail.customer === customer)) continue;
      const send = await this.#get("sends", { customer: `${business}#${customer}`, run });
      const receipt = await this.#get("receipts", {
        run: `${business}#${run}`,
        batch: `${send?.batch}#${send?.claim}`,
      });
      const reported = send?.sentAt ?? send?.deliveredAt ?? send?.bouncedAt;
      if (reported || receipt?.accepted[customer] !== undefined) known.add(customer);
    }
    return known;
  }

  async #get(TableName: string, Key: Input): Promise<Input> {
    return (await this.#world.tables.perform("GetCommand", { TableName, Key })).Item;
  }

  #enqueue({ QueueUrl, Entries }: Input, fault: Fault | undefined): Input {
    const queue = this.#world.queues[QueueUrl as "audience" | "sends" | "feedback"];
    const failed = (index: number) => fault?.kind === "partly" && (fault.pick >> index) % 2 === 0;
    for (const [index, { MessageBody, DelaySeconds }] of Entries.entries()) {
      if (!failed(index)) queue.put(MessageBody, DelaySeconds);
    }
    return { Failed: Entries.filter((_: Input, index: number) => failed(index)) };
  }

  /** I6: whatever a business's function sends names no other business. */
  #watch({ business, name }: Invocation, input: Input): void {
    if (!this.#world.isShared) return;
    const stranger = /biz_(one|two)/g;
    for (const [named] of JSON.stringify(input).matchAll(stranger)) {
      if (named !== business) this.trespasses.push(`I6: ${name} of ${business} spoke of ${named}`);
    }
  }

  #note(point: Point, input: Input, { answer, by }: { answer: Input; by: Invocation }): void {
    const at = this.#world.timeline.now;
    if (point === "pace") {
      const length = input.ExpressionAttributeValues[":length"];
      const next = Number(answer.Attributes.nextFree);
      const span = length ?? next - input.ExpressionAttributeValues[":now"];
      by.places = { from: next - span, count: Math.floor((span * this.#world.plan.rate) / 1000) };
    }
    if (point !== "claim") return;
    for (const { Put } of input.TransactItems) {
      if (Put?.TableName !== "sends") continue;
      const { business, customerId: customer, run } = Put.Item;
      // A call that the SDK repeated made its claims once.
      if (this.claims.some((claim) => claim.customer === customer && claim.run === run)) continue;
      this.claims.push({ business, customer, run, at, by });
    }
  }
}

const outside: Invocation = {
  name: "outside",
  business: "biz_outside",
  startedAt: 0,
  dead: false,
  places: undefined,
  finish: () => {},
};

async function halfOfKeys(world: World, { RequestItems }: Input): Promise<Input> {
  const [[table, { Keys, ...rest }] = ["", { Keys: [] }]] = Object.entries<Input>(RequestItems);
  const half = Math.floor(Keys.length / 2);
  const UnprocessedKeys = { [table]: { ...rest, Keys: Keys.slice(half) } };
  if (half === 0) return { Responses: { [table]: [] }, UnprocessedKeys };
  const read = { RequestItems: { [table]: { ...rest, Keys: Keys.slice(0, half) } } };
  return { ...(await world.tables.perform("BatchGetCommand", read)), UnprocessedKeys };
}
