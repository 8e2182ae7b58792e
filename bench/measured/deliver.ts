import { median } from "../numbers.ts";
import { sendOneByOne } from "../one-by-one.ts";
import { context, messagesAt, recipientsAt, sqsEvent } from "../world.ts";
import { allDone, cpuOf, handlerOf, task, tell } from "./stopwatch.ts";

// deliver-sends as deployed: one message of 50 recipients an invocation, from the event to the receipt. Beside it the
// baseline, by turns: whatever else the machine does then weighs on both.

const handler = await handlerOf("deliver-sends");
const pages = task.quick ? 2 : 5;

/** Made beforehand: choosing them is prepare-runs' work, and handing them out release-batches'. */
const events = Array.from({ length: pages }, (_, n) => messagesAt(n * 200))
  .flat()
  .map((message) => sqsEvent([message]));
const messages = recipientsAt(0).map((recipients) => JSON.stringify(recipients));

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
