import { ConflictException } from "@aws-sdk/client-scheduler";
import type { BusinessId } from "../../../core/ids.ts";
import type { Input } from "./points.ts";
import type { World } from "./world.ts";

/** EventBridge Scheduler, as far as one-time timers go, and Lambda's asynchronous invocation behind it. */
export class Scheduler {
  readonly #world: World;
  readonly #timers = new Map<string, { at: number; fires: string; input: string }>();
  /** How often an invocation ran out of tries and an operator had to start it again. */
  redriven = 0;

  constructor(world: World) {
    this.#world = world;
  }

  perform(command: string, input: Input): Input {
    const known = this.#timers.has(input.Name);
    if (command === "CreateScheduleCommand" && known) {
      throw new ConflictException({
        message: `Schedule ${input.Name} already exists`,
        $metadata: {},
        Message: "",
      });
    }
    const at = Date.parse(`${input.ScheduleExpression.slice(3, -1)}Z`);
    this.#timers.set(input.Name, { at, fires: input.Target.Arn, input: input.Target.Input });
    const { timeline, random } = this.#world;
    const copies = this.#world.copies();
    for (let copy = 0; copy < copies; copy++) {
      // Scheduler is up to a minute late, and fires at least once.
      timeline.after(at - timeline.now + random() * 60_000, () => this.#fire(input.Name, at, copy));
    }
    return {};
  }

  #fire(name: string, at: number, copy: number): void {
    const timer = this.#timers.get(name);
    if (copy === 0 && timer?.at !== at) return;
    if (timer) this.fired(timer.fires, timer.input);
    this.#timers.delete(name);
  }

  /** Invokes a function as Scheduler does: what fails is tried twice more, then lies with the failed events. */
  fired(name: string, input: string, tries = 0): void {
    const { timeline } = this.#world;
    const work = this.#world.workers.get(name);
    if (!work) throw new Error(`Nothing is called ${name}`);
    const business: BusinessId = JSON.parse(input).business;
    this.#world.invoke(
      { name, business, timeout: work.timeout },
      () => work.run(input),
      (ending) => {
        if (ending.how === "answered") return;
        if (tries % 3 === 2) this.redriven += 1;
        const pause = tries % 3 === 2 ? 3_600_000 : (tries + 1) * 60_000;
        if (tries < 30) timeline.after(pause, () => this.fired(name, input, tries + 1));
      },
    );
  }
}
