import { business, context } from "../world.ts";
import { cpuOf, handlerOf, peakMemory, tell } from "./stopwatch.ts";

// import-file as deployed: a CSV file of new customers, with email, phone, name, birthday, tags and an attribute.

const handler = await handlerOf("import-file");
const rows = Number(process.argv[3]);
const key = `imports/${business.id}/imp_7hkqm2xv9d4tbn3s`;

const started = performance.now();
const cpu = await cpuOf(async () => {
  await handler({ detail: { object: { key, size: rows * 110 } } }, context);
});
const seconds = (performance.now() - started) / 1000;
const written = rows.toLocaleString("en");
tell({
  [`import-file, rows per CPU-second of ${written}`]: (rows / cpu) * 1_000_000,
  [`import-file, rows per second of ${written}`]: rows / seconds,
  [`import-file, peak MB at ${written}`]: peakMemory(),
});
