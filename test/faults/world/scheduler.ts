import { ConflictException, ResourceNotFoundException } from "@aws-sdk/client-scheduler";
import { Temporal } from "temporal-polyfill";
import { instant } from "../../../core/time.ts";
import type { Input } from "./points.ts";
import type { World } from "./world.ts";

type Timer = { at: number; target: string; input: string; isCancelled: boolean };

/**
 * EventBridge Scheduler, as far as one-time timers go. What it fires begins a chain of requests anew.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-state.html
 */
export class Scheduler {
  readonly #world: World;
  readonly #timers = new Map<string, Timer>();

  constructor(world: World) {
    this.#world = world;
  }

  perform(command: string, input: Input): Input {
    const known = this.#timers.get(input.Name);
    const missing = () =>
      new ResourceNotFoundException({ message: "Not found", $metadata: {}, Message: "Not found" });
    switch (command) {
      case "CreateScheduleCommand":
        if (known) throw new ConflictException({ message: "Already exists", $metadata: {}, Message: "" });
        return this.#set(input);
      case "UpdateScheduleCommand":
        if (!known) throw missing();
        known.isCancelled = true;
        return this.#set(input);
      case "GetScheduleCommand":
        if (!known) throw missing();
        return { Name: input.Name, Target: { Arn: known.target, Input: known.input } };
      case "DeleteScheduleCommand":
        if (!known) throw missing();
        known.isCancelled = true;
        this.#timers.delete(input.Name);
        return {};
      default:
        throw new Error(`The world's Scheduler does not know ${command}`);
    }
  }

  /** Does what a schedule would do: puts the input on a queue, or invokes a function with it asynchronously. */
  fired(target: string, input: string): void {
    const queue = this.#world.queueAt(target);
    if (queue) queue.put(input);
    else this.#world.lambda.invokeLater(target, input);
  }

  /** The names of the timers that have not fired yet. */
  get armed(): string[] {
    return [...this.#timers.keys()];
  }

  #set({ Name, ScheduleExpression, ScheduleExpressionTimezone = "UTC", Target }: Input): Input {
    const [, clock] = /^at\((.+)\)$/.exec(ScheduleExpression) ?? [];
    if (!clock) throw new Error(`The world's Scheduler does not know ${ScheduleExpression}`);
    const at =
      Temporal.PlainDateTime.from(clock).toZonedDateTime(ScheduleExpressionTimezone).epochMilliseconds;
    const timer = { at, target: Target.Arn, input: Target.Input, isCancelled: false };
    this.#timers.set(Name, timer);
    const { timeline, random } = this.#world;
    const copies = this.#world.copies();
    for (let copy = 0; copy < copies; copy++) {
      // Scheduler is up to a minute late, and fires at least once.
      timeline.after(at - timeline.now + random() * 60_000, () => this.#fire(Name, timer));
    }
    return {};
  }

  #fire(name: string, timer: Timer): void {
    if (timer.isCancelled) return;
    if (this.#timers.get(name) === timer) this.#timers.delete(name);
    const scheduledTime = `${instant(timer.at).slice(0, 19)}Z`;
    this.fired(timer.target, timer.input.replace("<aws.scheduler.scheduled-time>", scheduledTime));
  }
}
