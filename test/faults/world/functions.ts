import { finish } from "../../../core/erasures/finish.ts";
import { Feedback, record } from "../../../core/feedback.ts";
import { deliver } from "../../../core/runs/deliver.ts";
import { select } from "../../../core/runs/select.ts";
import { settle } from "../../../core/runs/settle.ts";
import { start } from "../../../core/runs/start.ts";
import { instant } from "../../../core/time.ts";
import { functionSettings } from "../../../infra/functions.ts";
import { Queue } from "./queue.ts";
import type { World } from "./world.ts";

/** The functions of the pipeline behind their queues and timers, each doing what its entry file does. */
export function workersOf(world: World) {
  const { timeline } = world;
  const timeoutOf = (name: keyof typeof functionSettings) => functionSettings[name].timeout;
  const clock = (timeout: number, reserve: number) => {
    const began = timeline.now;
    return {
      now: () => timeline.now,
      sleep: (milliseconds: number) =>
        new Promise<void>((resolve) => timeline.after(milliseconds, () => resolve())),
      hurry: () => timeline.now - began > (timeout - reserve) * 1000,
    };
  };
  const queues = {
    audience: new Queue(world, {
      name: "select-recipients",
      timeout: timeoutOf("select-recipients"),
      maxConcurrency: 4,
      work: (body) => select(JSON.parse(body), clock(timeoutOf("select-recipients"), 30).hurry),
    }),
    sends: new Queue(world, {
      name: "deliver-sends",
      timeout: timeoutOf("deliver-sends"),
      maxConcurrency: 10,
      work: (body) => deliver(JSON.parse(body), clock(timeoutOf("deliver-sends"), 25)),
    }),
    feedback: new Queue(world, {
      name: "record-feedback",
      timeout: timeoutOf("record-feedback"),
      maxConcurrency: 5,
      work: (body) => record(Feedback.parse(JSON.parse(body))),
    }),
  };
  const now = () => instant(timeline.now);
  const workers = new Map([
    [
      "start-run",
      {
        timeout: timeoutOf("start-run"),
        run: async (input: string) =>
          void (await start({ ...JSON.parse(input), trigger: "schedule" }, now())),
      },
    ],
    [
      "erase-customers",
      {
        timeout: timeoutOf("erase-customers"),
        run: (input: string) => finish(JSON.parse(input), now()),
      },
    ],
    [
      "settle-run",
      { timeout: timeoutOf("settle-run"), run: (input: string) => settle(JSON.parse(input), now()) },
    ],
  ]);
  return { queues, workers };
}
