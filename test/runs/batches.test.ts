import { expect, test } from "vitest";
import type { CustomerId } from "../../core/ids.ts";
import type { Recipient } from "../../core/runs/audience.ts";
import { inBatches } from "../../core/runs/select.ts";

const recipient = (n: number, changes: Partial<Recipient> = {}): Recipient => ({
  id: `cus_${n}` as CustomerId,
  version: 1,
  email: `customer.${n}@example.com`,
  locale: "id",
  recentSends: [],
  ...changes,
});
const many = (count: number, changes: (n: number) => Partial<Recipient>) =>
  Array.from({ length: count }, (_, n) => recipient(n, changes(n)));

test("a batch holds at most fifty, and nobody is left out or named twice", () => {
  const recipients = many(170, (n) => ({ items: [n % 3, 4] }));
  const batches = inBatches(recipients);

  expect(batches.map((batch) => batch.length)).toEqual([50, 50, 50, 20]);
  expect(new Set(batches.flat())).toEqual(new Set(recipients));
});

test("a batch holds one language, and who sees the same items travels together", () => {
  const batches = inBatches(
    many(200, (n) => ({ locale: n % 2 ? "id" : "en", items: n % 4 < 2 ? [0, 1] : [1, 0] })),
  );
  const kinds = batches.map((batch) => new Set(batch.map(({ locale, items }) => `${locale} ${items}`)));

  expect(kinds).toEqual([new Set(["en 0,1"]), new Set(["en 1,0"]), new Set(["id 0,1"]), new Set(["id 1,0"])]);
});
