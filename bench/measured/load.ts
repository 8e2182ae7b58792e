import { cpuOf, handlerOf, tell } from "./stopwatch.ts";

// How long a new instance takes to load a function's bundle, which is what a cold start waits for.

const name = process.argv[3] ?? "";
const started = performance.now();
const cpu = await cpuOf(async () => {
  await handlerOf(name);
});
tell({ milliseconds: performance.now() - started, cpuMilliseconds: cpu / 1000 });
