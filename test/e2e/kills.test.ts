import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { randomFrom } from "../../local/demo/random.ts";
import { useKillable } from "../support/killable.ts";

/** How often the host is killed: a few times in an ordinary run, and as often as `SAPA_KILLS` says for a soak. */
const kills = Number(process.env.SAPA_KILLS ?? 5);
const seed = Number(process.env.SAPA_SEED ?? Date.now() % 100_000);
const isSoak = kills > 10;
const customers = isSoak ? 3_000 : 600;
/** Of the kills, those that come while the customers are imported. */
const whileImporting = Math.floor(kills * 0.4);

const host = useKillable();
const { next } = randomFrom(seed);
const addresses = Array.from({ length: customers }, (_, number) => `customer-${number}@example.com`);

/** Kills the host at a random moment while it works, and starts it again. */
async function killWhile(work?: () => Promise<unknown>): Promise<void> {
  // What was asked when the host is killed gets no answer.
  const unanswered = work?.().catch(() => {});
  await pause(next() * 1_500);
  await host.kill();
  await unanswered;
  await host.start();
}

test(`a host that is killed ${kills} times loses nothing and mails nobody twice (SAPA_SEED=${seed})`, {
  timeout: 60_000 + kills * 60_000,
}, async () => {
  await host.start();
  const { id: business } = await host.ask("POST /v1/businesses", { body: kopiSenja });
  const { token: key } = await host.ask(`POST /v1/businesses/${business}/keys`, { body: { name: "test" } });
  const ask = (operation: `${string} /${string}`, body?: unknown) =>
    host.ask(operation, { key, ...(body !== undefined && { body }) });

  const file = ["email", ...addresses].join("\n");
  const { id, uploadUrl } = await ask("POST /v1/imports", {
    ...{ kind: "customers", format: "csv", size: file.length },
    ...{ consent: "subscribed", legalBasis: "Paper forms" },
  });
  expect((await fetch(uploadUrl, { method: "PUT", body: file })).status).toBe(200);
  for (let kill = 0; kill < whileImporting; kill += 1) await killWhile();
  await host.advance("PT10M");
  const imported = await ask(`GET /v1/imports/${id}`);
  expect(imported).toMatchObject({ state: "finished", counts: { rows: customers, rejected: 0 } });
  expect(imported.counts.created + imported.counts.unchanged).toBe(customers);

  const { id: campaign } = await ask("POST /v1/campaigns", {
    ...{ name: "News", kind: "broadcast", template: "broadcast", topic: "news" },
    schedule: { once: "2099-01-01T09:00" },
  });
  await ask(`POST /v1/campaigns/${campaign}/activate`);
  const run = await ask(`POST /v1/campaigns/${campaign}/run`);
  for (let kill = whileImporting; kill < kills; kill += 1) {
    // What was in flight at a kill comes back when its visibility timeout ends, which takes the clock's ten minutes.
    await killWhile(kill === whileImporting ? undefined : () => host.advance("PT10M"));
  }

  const settled = await settle(() => ask(`GET /v1/runs/${run.id}`));
  await host.stop();
  const { mailed, messages } = await host.kept();
  const twice = mailed.filter((address, index) => mailed.indexOf(address) !== index);
  expect(twice).toEqual([]);
  expect(settled).toMatchObject({
    state: "settled",
    books: { selected: customers, skipped: {}, failed: {}, waiting: 0 },
  });
  // Whose mail SES has is accepted. Of whose call nobody can tell what became of it, that is said, and they are not mailed.
  expect(settled.books.accepted).toBe(mailed.length);
  expect(settled.books.accepted + settled.books.unknown).toBe(customers);
  expect(mailed.filter((address) => !addresses.includes(address))).toEqual([]);
  expect(messages).toEqual({});
});

/** Lets the time pass that a run takes to close its books: at most two days. */
async function settle(read: () => Promise<{ state: string; books: { accepted: number; unknown: number } }>) {
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
