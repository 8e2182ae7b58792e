import { setTimeout as pause } from "node:timers/promises";
import { beforeAll, expect, test } from "vitest";
import { randomFrom } from "../../local/demo/random.ts";
import { useKillable } from "../support/killable.ts";

/** In each round the host is killed twice while it imports and three times while it sends; a soak has more rounds. */
const rounds = Math.ceil(Number(process.env.SAPA_KILLS ?? 5) / 5);
const seed = Number(process.env.SAPA_SEED ?? Date.now() % 100_000);
const customers = 700;
/** Milliseconds within which a kill comes: about as long as the work takes. */
const within = 1_200;

const host = useKillable();
const { next } = randomFrom(seed);
/** How many kills came while there was work. */
let inTheMiddle = 0;
const expected: string[] = [];
let accepted = 0;
let unknown = 0;

beforeAll(() => host.start(), 120_000);

/** Kills the host at a random moment while it works, and starts it again. */
async function killWhile(isWorking: () => Promise<boolean>, work?: () => Promise<unknown>): Promise<void> {
  // What was asked when the host is killed gets no answer.
  const unanswered = work?.().catch(() => {});
  await pause(next() * within);
  const { now: before } = await host.ask("GET /_local/clock");
  if (await isWorking()) inTheMiddle += 1;
  await host.kill();
  await unanswered;
  await host.start();
  const { now } = await host.ask("GET /_local/clock");
  expect(Date.parse(now)).toBeGreaterThanOrEqual(Date.parse(before));
}

for (let round = 0; round < rounds; round += 1) {
  test(`an import and a run are finished in spite of five kills, round ${round} (SAPA_SEED=${seed})`, {
    timeout: 300_000,
  }, async () => {
    const { id: business } = await host.ask("POST /v1/businesses", { body: kopiSenja });
    const { token: key } = await host.ask(`POST /v1/businesses/${business}/keys`, { body: { name: "test" } });
    const ask = (operation: `${string} /${string}`, body?: unknown) =>
      host.ask(operation, { key, ...(body !== undefined && { body }) });
    const addresses = Array.from({ length: customers }, (_, one) => `customer-${round}-${one}@example.com`);
    expected.push(...addresses);

    const file = ["email", ...addresses].join("\n");
    const { id, uploadUrl } = await ask("POST /v1/imports", {
      ...{ kind: "customers", format: "csv", size: file.length },
      ...{ consent: "subscribed", legalBasis: "Paper forms" },
    });
    const readImport = () => ask(`GET /v1/imports/${id}`);
    expect((await fetch(uploadUrl, { method: "PUT", body: file })).status).toBe(200);
    for (let kill = 0; kill < 2; kill += 1) {
      await killWhile(async () => (await readImport()).state !== "finished");
    }
    await host.ask("GET /_local/idle");
    const imported = await readImport();
    expect(imported).toMatchObject({ state: "finished", counts: { rows: customers, rejected: 0 } });
    expect(imported.counts.created + imported.counts.unchanged).toBe(customers);

    const { id: campaign } = await ask("POST /v1/campaigns", {
      ...{ name: "News", kind: "broadcast", template: "broadcast", topic: "news" },
      schedule: { once: "2099-01-01T09:00" },
    });
    await ask(`POST /v1/campaigns/${campaign}/activate`);
    const { id: runId } = await ask(`POST /v1/campaigns/${campaign}/run`);
    const readRun = () => ask(`GET /v1/runs/${runId}`);
    for (let kill = 0; kill < 3; kill += 1) {
      // What was in flight at a kill comes back when its visibility timeout ends, which takes the clock's ten minutes.
      const work = kill === 0 ? undefined : () => host.advance("PT10M");
      await killWhile(async () => (await readRun()).books.waiting !== 0, work);
    }
    const run = await settled(readRun);
    expect(run).toMatchObject({
      state: "settled",
      books: { selected: customers, skipped: {}, failed: {}, waiting: 0 },
    });
    expect(run.books.accepted + run.books.unknown).toBe(customers);
    accepted += run.books.accepted;
    unknown += run.books.unknown;
  });
}

test("and nobody was mailed twice, nothing was lost, and no message is left", {
  timeout: 120_000,
}, async () => {
  await host.stop();
  const { mailed, messages } = await host.kept();
  expect(mailed.filter((address, index) => mailed.indexOf(address) !== index)).toEqual([]);
  // Whose mail SES has is accepted. Of whose call nobody can tell what became of it, that is said, and they are not mailed.
  expect(mailed).toHaveLength(accepted);
  expect(new Set(expected).size).toBe(accepted + unknown);
  expect(messages).toEqual({});
  console.info(
    `${inTheMiddle} of ${rounds * 5} kills came in the middle of work; ${unknown} sends are unknown`,
  );
});

/** Lets the time pass that a run takes to close its books: at most two days. */
async function settled(read: () => Promise<{ state: string; books: { accepted: number; unknown: number } }>) {
  for (let looks = 0; looks < 96; looks += 1) {
    const run = await read();
    if (run.state === "settled") return run;
    await host.advance("PT30M");
  }
  return read();
}

const kopiSenja = {
  name: "Kopi Senja",
  sender: { address: "halo@kopisenja.example" },
  postalAddress: "Jl. Braga 12, Bandung 40111, Indonesia",
  timeZone: "Asia/Jakarta",
  currency: "IDR",
  locale: "id",
};
