import { expect, test } from "vitest";
import { newId } from "../core/ids.ts";
import { find, responseIdOf } from "../core/responses/record.ts";
import * as responses from "../core/responses.ts";
import { useBus } from "./support/bus.ts";
import { useDatabase } from "./support/database.ts";

useDatabase();
const bus = useBus();

const now = "2026-11-24T02:00:00.000Z";
const later = "2026-11-25T02:00:00.000Z";
const someone = () => ({ business: newId("biz"), customer: newId("cus"), run: newId("run") });

test("a customer who leaves and says why is kept once, and changes it by saying it again", async () => {
  const ani = someone();
  await responses.left(ani, {}, now);
  await responses.leave(ani, { reason: "too-many", words: "Tiap hari!" }, now);
  await responses.leave(ani, { reason: "too-many", words: "Tiap hari!" }, later);

  const kept = await find(ani.business, responseIdOf(ani, "leaving"));
  expect(kept).toMatchObject({
    kind: "leaving",
    at: now,
    reason: "too-many",
    words: "Tiap hari!",
    state: "open",
  });
  // Leaving once more, as by a second click on the button, does not lose what was said.
  await responses.left(ani, {}, later);
  expect(await find(ani.business, responseIdOf(ani, "leaving"))).toEqual(kept);

  await responses.leave(ani, { reason: "not-interesting" }, later);
  const changed = await find(ani.business, responseIdOf(ani, "leaving"));
  expect(changed).toMatchObject({ at: later, reason: "not-interesting" });
  expect(changed).not.toHaveProperty("words");
});

test("a customer who takes it back has not left", async () => {
  const ani = someone();
  await responses.leave(ani, { topic: "news", reason: "other" }, now);

  await responses.stay(ani);
  await responses.stay(ani);

  expect(await find(ani.business, responseIdOf(ani, "leaving"))).toBeUndefined();
});

test("what a customer says is told without their words", async () => {
  const ani = someone();
  await responses.rate(ani, { stars: 2, words: "Kopinya dingin" }, now);
  await responses.rate(ani, { stars: 2, words: "Kopinya dingin" }, later);

  expect(bus.events).toEqual([
    {
      bus: "sapa-test",
      type: "customer.responded",
      detail: { ...ani, response: responseIdOf(ani, "rating"), kind: "rating", stars: 2 },
    },
  ]);
});
