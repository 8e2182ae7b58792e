import { expect, test } from "vitest";
import { newId } from "../../core/ids.ts";
import * as books from "../../core/runs/books.ts";
import * as outcomes from "../../core/runs/outcomes.ts";
import { transact } from "../../core/store.ts";
import { useDatabase } from "../support/database.ts";

useDatabase();

test("a run's outcomes are the sum over its customers, and leave its books as they were", async () => {
  const business = newId("biz");
  const run = `run_${business.slice(4)}_1` as const;
  const mail = () => ({ business, run, customer: newId("cus") });
  for (let number = 0; number < 20; number++) await transact([outcomes.raise(mail(), { opened: 1 })]);
  const opinionated = mail();
  await transact([outcomes.raise(opinionated, { "ratings:3": 1, "left:too-many": 1 })]);
  await transact([outcomes.raise(opinionated, { "ratings:3": -1, "ratings:5": 1, unsubscribed: 1 })]);

  const tallies = await books.talliesOf(business, run);

  expect(outcomes.sum(tallies)).toMatchObject({
    opened: 20,
    openedByPeople: 0,
    unsubscribed: 1,
    left: { "too-many": 1 },
    ratings: { 5: 1 },
  });
  expect(books.sum(tallies)).toMatchObject({ selected: 0, waiting: 0, shardsSelected: 0 });
});
