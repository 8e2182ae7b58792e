import { batchesAt, context, sqsEvent } from "../world.ts";
import { allDone, cpuPerUnit, handlerOf, task, tell } from "./stopwatch.ts";

// deliver-sends as deployed: one message of 50 recipients an invocation, from the event to the receipt.

const handler = await handlerOf("deliver-sends");
const pages = task.quick ? 3 : 10;

/** Made beforehand: writing the messages is select-recipients' work. */
const events = Array.from({ length: pages }, (_, n) => batchesAt(n * 200))
  .flat()
  .map((batch) => sqsEvent([batch]));

const perEmail = await cpuPerUnit(
  pages * 200,
  async () => {
    for (const event of events) allDone(await handler(event, context));
  },
  task.quick ? { warmUps: 4, rounds: 3 } : { warmUps: 4, rounds: 7 },
);
tell({ "deliver-sends, CPU µs per email": perEmail });
