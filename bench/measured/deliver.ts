import { median } from "../numbers.ts";
import { sendOneByOne } from "../one-by-one.ts";
import { batchesAt, context, sqsEvent } from "../world.ts";
import { allDone, cpuOf, handlerOf, task, tell } from "./stopwatch.ts";

// deliver-sends as deployed: one message of 50 recipients an invocation, from the event to the receipt. Beside it the
// baseline, by turns: whatever else the machine does then weighs on both.

const handler = await handlerOf("deliver-sends");
const pages = task.quick ? 2 : 5;

/** Made beforehand: writing the messages is select-recipients' work. */
const batches = Array.from({ length: pages }, (_, n) => batchesAt(n * 200)).flat();
const events = batches.map((batch) => sqsEvent([batch]));
const messages = batches.slice(0, 4).map((batch) => JSON.stringify(batch));

const sapa = async () => {
  for (const event of events) allDone(await handler(event, context));
};
const baseline = async () => {
  for (const message of messages) await sendOneByOne(message);
};

for (let warmUp = 0; warmUp < 6; warmUp++) {
  await sapa();
  await baseline();
}
const turns: { sapa: number; baseline: number }[] = [];
for (let turn = 0; turn < (task.quick ? 5 : 25); turn++) {
  turns.push({
    sapa: (await cpuOf(sapa)) / (events.length * 50),
    baseline: (await cpuOf(baseline)) / (messages.length * 50),
  });
}
tell({
  "deliver-sends, CPU µs per email": median(turns.map(({ sapa }) => sapa)),
  "one SendEmail and one put each, CPU µs per email": median(turns.map(({ baseline }) => baseline)),
  "times less than one by one": median(turns.map(({ sapa, baseline }) => baseline / sapa)),
});
