import { expect, test } from "vitest";
import { audienceOf } from "../../core/runs/audience.ts";
import { aCustomer } from "../support/customer.ts";
import { aBusiness } from "../support/shop.ts";

const lapse = "2026-08-01T03:00:00.000Z";
const winback = audienceOf(
  {
    campaign: "cam_23456789bcdfghjk",
    occasion: { kind: "winback", lastOrder: { before: "2026-11-17T17:00:00.000Z" } },
    topic: "offers",
    scheduledAt: "2026-11-24T02:00:00.000Z",
    attributes: [],
    mailTemplates: { id: "sapa-id" },
  },
  aBusiness(),
);
const lapsed = (wonBack: Record<string, string>) =>
  aCustomer({
    statistics: { orders: 1, spent: 0, firstOrderAt: lapse, lastOrderAt: lapse, categories: {}, items: {} },
    wonBack,
  });

test("a lapse that the campaign has answered is not answered again, whichever run looks at it", () => {
  expect(winback.choose(lapsed({ cam_23456789bcdfghjk: lapse }))).toEqual({ skip: "already-won-back" });
});

test("an earlier lapse, or another campaign's mail, does not stand in the way of a winback", () => {
  const earlier = lapsed({ cam_23456789bcdfghjk: "2025-01-01T00:00:00.000Z", cam_bcdfghjk23456789: lapse });
  expect(winback.choose(earlier)).toMatchObject({ recipient: { lapse } });
});
