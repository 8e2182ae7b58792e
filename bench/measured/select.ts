import { compile } from "../../core/segments.ts";
import { business, context, customerAt, runs, segment, sqsEvent } from "../world.ts";
import { allDone, cpuOf, handlerOf, peakMemory, tell } from "./stopwatch.ts";

// prepare-runs as deployed: one message a shard, 16 shards one after the other, every customer read.

const handler = await handlerOf("prepare-runs");
const size = process.argv[3] === "small" ? 20_000 : 200_000;

const cpu = await cpuOf(async () => {
  for (let shard = 0; shard < 16; shard++) {
    const message = {
      business: business.id,
      run: runs.segmented.id,
      shard: String(shard).padStart(2, "0"),
    };
    allDone(await handler(sqsEvent([message]), context));
  }
});
const peak = peakMemory();

const written = size.toLocaleString("en");
tell({
  [`prepare-runs, customers per CPU-second of ${written}`]: (size / cpu) * 1_000_000,
  [`prepare-runs, peak MB at ${written}`]: peak,
  ...(await matchingAlone()),
});

/** The predicate by itself, over customers who are in memory already. */
async function matchingAlone() {
  const matches = compile(segment, { business, now: runs.segmented.scheduledAt });
  const customers = Array.from({ length: 20_000 }, (_, n) => customerAt(n));
  let matched = 0;
  const cpu = await cpuOf(() => {
    for (let round = 0; round < 50; round++) for (const one of customers) if (matches(one)) matched += 1;
  });
  const asked = customers.length * 50;
  return {
    "matching alone, customers per CPU-second": (asked / cpu) * 1_000_000,
    "customers in the segment, %": (matched / asked) * 100,
  };
}
