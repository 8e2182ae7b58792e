import { BadRequestException } from "@aws-sdk/client-sesv2";
import { brokenOff, type Fault, refusal } from "./faults.ts";
import { rules } from "./functions.ts";
import { current, type Invocation } from "./invocations.ts";
import { type Input, type Point, pointOf } from "./points.ts";
import { type Client, withRetries } from "./sdk.ts";
import { sendMessageBatch } from "./sqs.ts";
import { Watch } from "./watch.ts";
import type { World } from "./world.ts";

type Call = {
  command: string;
  input: Input;
  point: Point;
  by: Invocation;
  fault: Fault | undefined;
  resolve: (answer: Input) => void;
  reject: (error: unknown) => void;
};

const dynamo = /^(Get|Put|Update|Delete|Query|Scan|BatchGet|BatchWrite|TransactWrite)Command$/;

/** Every call to AWS that the product makes: when it takes effect, what goes wrong, what is answered. */
export class Calls {
  readonly watch: Watch;
  /** How many there were. */
  count = 0;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
    this.watch = new Watch(world);
  }

  get claims(): Watch["claims"] {
    return this.watch.claims;
  }

  get trespasses(): string[] {
    return this.watch.violations;
  }

  /** Makes a call of the code that runs now. Outside of any invocation it takes effect at once, unharmed. */
  make(sent: object, client: Client): Promise<Input> {
    const command = sent.constructor.name;
    const { input } = sent as { input: Input };
    const point = pointOf(command, input);
    const by = current.getStore();
    if (!by) return this.#effect({ command, input, point, by: outside, fault: undefined });
    this.count += 1;
    const fault = by.name === "record-feedback" ? undefined : this.#world.faults.next(point);
    const attempt = () =>
      new Promise<Input>((resolve, reject) => {
        // Whoever was killed goes no further.
        if (!by.dead) this.#send({ command, input, point, by, fault, resolve, reject });
      });
    // A fault is what is left when the SDK has given up.
    return fault ? attempt() : withRetries(this.#world, client, attempt);
  }

  #send(call: Call): void {
    const { fault, point, by } = call;
    const { random, second, timeline, unkind } = this.#world;
    const moment = 1 + random() * 40;
    const late = fault?.kind === "stall-before" ? 5_000 + (fault.pick % 115) * 1_000 : 0;
    let slow = 0;
    for (const { from, until, milliseconds, ...only } of unkind.slowCalls) {
      const isMeant = (only.point ?? point) === point && (only.by ?? by.name) === by.name;
      if (isMeant && from <= second && second < until) slow += milliseconds;
    }
    timeline.after(moment + late + slow, () => this.#arrive(call));
  }

  #arrive(call: Call): void {
    const { fault } = call;
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
    this.#effect(call).then(
      (answer) => this.#answer(call, () => call.resolve(answer)),
      (error: unknown) => this.#answer(call, () => call.reject(error)),
    );
  }

  #answer(call: Call, answer: () => void): void {
    const { fault } = call;
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
        this.#effect({ ...call, fault: undefined }).then(call.resolve, call.reject);
        return;
    }
    answer();
  }

  async #effect(call: Omit<Call, "resolve" | "reject">): Promise<Input> {
    const { command, point, by, fault } = call;
    const world = this.#world;
    const input = world.tamper && by !== outside ? await world.tamper(point, call.input, by) : call.input;
    if (by !== outside) this.watch.before(point, input, by);
    if (dynamo.test(command)) {
      const reading = { mayBeStale: by !== outside };
      if (fault?.kind === "partly" && point === "keys") return halfOfKeys(world, input, reading);
      const answer = await world.tables.perform(command, input, reading);
      this.watch.after(point, input, { answer, by });
      return answer;
    }
    switch (command) {
      case "SendBulkEmailCommand":
        return this.#sendBulk(input, by, fault);
      case "GetQueueAttributesCommand":
        return { Attributes: world.queueAt(input.QueueUrl)?.attributes };
      case "SendMessageBatchCommand":
        return sendMessageBatch(world, input, { by, fault });
      case "PutEventsCommand":
        return this.#putEvents(input, fault);
      case "GetSecretValueCommand":
        return { SecretString: JSON.stringify({ root: "a root of thirty-two letters or more" }) };
      default:
        return command.includes("Schedule")
          ? world.scheduler.perform(command, input)
          : world.ses.perform(command, input);
    }
  }

  /** A request that SES refuses as a whole uses up nothing of the send rate. */
  #sendBulk(input: Input, by: Invocation, fault: Fault | undefined): Input {
    const known = this.watch.known(input);
    try {
      return this.#world.ses.sendBulk(input, by, { fault, known });
    } catch (error) {
      if (by.places && error instanceof BadRequestException) by.places.count += input.BulkEmailEntries.length;
      throw error;
    }
  }

  /** What a rule waits for wakes its function, which begins a chain of requests anew. */
  #putEvents({ Entries }: Input, fault: Fault | undefined): Input {
    if (fault?.kind === "partly") return { FailedEntryCount: 1, Entries: [{ ErrorCode: "InternalFailure" }] };
    for (const { DetailType, Detail } of Entries) {
      const detail = JSON.parse(Detail);
      this.#world.bus.push({ type: DetailType, detail });
      const woken = rules[DetailType];
      const event = JSON.stringify({ source: "sapa", "detail-type": DetailType, detail });
      if (woken) this.#world.lambda.invokeLater(woken, event);
    }
    return { FailedEntryCount: 0, Entries: [] };
  }
}

const outside: Invocation = {
  name: "outside",
  business: undefined,
  startedAt: 0,
  deadline: Number.POSITIVE_INFINITY,
  dead: false,
  places: undefined,
  chain: {},
  finish: () => {},
};

async function halfOfKeys(
  world: World,
  { RequestItems }: Input,
  reading: { mayBeStale: boolean },
): Promise<Input> {
  const [[table, { Keys, ...rest }] = ["", { Keys: [] }]] = Object.entries<Input>(RequestItems);
  const half = Math.floor(Keys.length / 2);
  const UnprocessedKeys = { [table]: { ...rest, Keys: Keys.slice(half) } };
  if (half === 0) return { Responses: { [table]: [] }, UnprocessedKeys };
  const read = { RequestItems: { [table]: { ...rest, Keys: Keys.slice(0, half) } } };
  return { ...(await world.tables.perform("BatchGetCommand", read, reading)), UnprocessedKeys };
}
