import { DeleteCommand } from "@aws-sdk/lib-dynamodb";
import { beforeEach, expect, test } from "vitest";
import { bulkRate, reserve } from "../core/rate-limit.ts";
import { documents, tableName } from "../core/store.ts";
import { useDatabase } from "./support/database.ts";

useDatabase();
beforeEach(() =>
  documents.send(new DeleteCommand({ TableName: tableName("account"), Key: { name: "rate#sending" } })),
);

/** What eight workers do at once on one simulated clock: each reserves permits, waits its turn, sends, asks again. */
async function sendAll({ rate, mails, each }: { rate: number; mails: number; each: number }) {
  const sent: number[] = [];
  let left = mails;
  const worker = async () => {
    let clock = 1_800_000_000_000;
    while (left > 0) {
      const permits = Math.min(each, left);
      left -= permits;
      for (;;) {
        const answer = await reserve("sending", permits, { perSecond: rate, now: () => clock });
        clock += answer.wait;
        if (answer.granted) break;
      }
      for (let mail = 0; mail < permits; mail++) sent.push(clock);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return sent.sort((a, b) => a - b);
}

test.each([
  { rate: 1, mails: 24, each: 1 },
  { rate: 14, mails: 280, each: 14 },
  { rate: 500, mails: 5000, each: 50 },
])(
  "eight functions together keep to $rate mails a second, and use the rate",
  async ({ rate, mails, each }) => {
    const sent = await sendAll({ rate, mails, each });

    expect(sent).toHaveLength(mails);
    for (const [index, at] of sent.entries()) {
      const withinSecond = sent.slice(index).filter((other) => other < at + 1000).length;
      expect(withinSecond).toBeLessThanOrEqual(rate + each);
    }
    const seconds = ((sent.at(-1) ?? 0) - (sent[0] ?? 0)) / 1000;
    expect(mails / Math.max(seconds, 1)).toBeGreaterThanOrEqual(0.9 * rate);
  },
);

test("a permit that is too far off is not granted: the caller is told when to come back", async () => {
  const now = () => 1_800_000_000_000;
  const rate = { perSecond: 5, now };
  expect(await reserve("sending", 50, rate)).toEqual({ granted: true, wait: 0 });
  // Ten seconds ahead, of which it waits for eight.
  expect(await reserve("sending", 50, rate)).toEqual({ granted: false, wait: 2_000 });
  // Another limit is none of its business.
  expect(await reserve("ses-control-plane", 1, rate)).toEqual({ granted: true, wait: 0 });
});

test("campaigns leave a part of the rate free for other mail, and use at least nine tenths of it", () => {
  for (let rate = 1; rate <= 1000; rate++) {
    expect(bulkRate(rate)).toBeLessThan(rate);
    expect(bulkRate(rate)).toBeGreaterThanOrEqual(0.9 * rate);
  }
});
