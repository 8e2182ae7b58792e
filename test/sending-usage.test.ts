import { expect, test } from "vitest";
import { newId } from "../core/ids.ts";
import * as usage from "../core/sending-usage.ts";
import { useDatabase } from "./support/database.ts";

useDatabase();

const at = (time: string) => Date.parse(`2026-11-${time}:00.000Z`);

test("mails count for 24 hours, by the ten minutes in which they went", async () => {
  const [a, b] = [newId("biz"), newId("biz")];
  await usage.add(new Map([[a, 30]]), at("24T02:01"));
  await usage.add(
    new Map([
      [a, 5],
      [b, 7],
    ]),
    at("24T09:15"),
  );

  const day = await usage.read([a, b], at("24T23:00"));
  expect([day.byBusiness.get(a), day.byBusiness.get(b)]).toEqual([35, 7]);
  // The first of them went between 02:00 and 02:10.
  expect(day.returnsAt).toBe("2026-11-25T02:10:00.000Z");

  const later = await usage.read([a, b], at("25T02:10"));
  expect([later.byBusiness.get(a), later.byBusiness.get(b)]).toEqual([5, 7]);
  expect(later.returnsAt).toBe("2026-11-25T09:20:00.000Z");
});

test("slots of days before are forgotten when others come", async () => {
  const shop = newId("biz");
  for (let day = 1; day <= 9; day++) await usage.add(new Map([[shop, day]]), at(`0${day}T02:01`));

  expect((await usage.read([shop], at("09T03:00"))).byBusiness.get(shop)).toBe(9);
  expect(usage.recent({ "0": 4, "9999999999": 3 }, at("24T02:00"))).toEqual([[9_999_999_999, 3]]);
});
