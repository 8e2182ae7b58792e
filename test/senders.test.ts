import fc from "fast-check";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { isOwnAddress } from "../core/businesses/senders.ts";
import type { Business } from "../core/businesses.ts";
import * as businesses from "../core/businesses.ts";
import { sender } from "../core/mail/sender.ts";
import { routes } from "../functions/http/businesses.ts";
import { apiOf, keyOf } from "./http/api.ts";
import { useDatabase } from "./support/database.ts";
import { aBusiness, saveBusiness } from "./support/shop.ts";

const admin = "sapa_admin_0123456789abcdefghijklmnopqrstuv";
vi.mock("../core/secrets.ts", () => ({
  keys: async () => ({ adminKey: "sapa_admin_0123456789abcdefghijklmnopqrstuv", linkKeys: [] }),
}));
useDatabase();
const { call } = apiOf(routes);

let shop: Business;
let key: string;
beforeEach(async () => {
  shop = await saveBusiness(aBusiness());
  key = await keyOf(shop);
});

const limits = (business: string, body: unknown, by = admin) =>
  call(`PATCH /v1/businesses/${business}/limits`, { key: by, body });
const from = (address: string, by = key) =>
  call(`PATCH /v1/businesses/${shop.id}`, { key: by, body: { sender: { address } } });

describe("a business's own key", () => {
  let other: Business;
  beforeAll(async () => {
    const { body } = await call("POST /v1/businesses", { key: admin, body: kopiPagi });
    other = body;
  });

  test("can't take another business's sender address, by a change of settings or any other way", async () => {
    const refused = await from("halo@kopipagi.example");
    expect(refused.status).toBe(409);
    expect(refused.body.errors).toEqual([
      { field: "sender.address", message: "is not an address that the operator has bound to this business" },
    ]);
    expect(await limits(shop.id, { identities: ["kopipagi.example"] }, key)).toMatchObject({ status: 403 });
    expect((await businesses.get(shop.id)).sender).toEqual(shop.sender);
  });

  test("is told the same of another's address, of one that nobody has, and of one near its own", async () => {
    const [taken, ...others] = [
      await from(other.sender.address),
      await from("halo@nowhere.invalid"),
      await from("halo@mail.kopisenja.example"),
      await from("halo@kopisenja.example.attacker.example"),
      await from("kopisenja.example@attacker.example"),
    ];
    for (const answer of others) expect(answer).toEqual(taken);
  });

  test("may use any address of a domain that is bound to the business, however it is spelt", async () => {
    expect((await from("kasir@kopisenja.example")).status).toBe(200);
    expect((await from("Promo@KopiSenja.Example")).body.sender.address).toBe("Promo@KopiSenja.Example");
  });

  test("may change everything else while the sender's address is no longer bound", async () => {
    await limits(shop.id, { identities: [] });
    const { status } = await call(`PATCH /v1/businesses/${shop.id}`, { key, body: { name: "Senja" } });
    expect(status).toBe(200);
  });
});

describe("the operator", () => {
  test("binds the sender's address alone by creating a business, unless they name identities", async () => {
    const alone = await call("POST /v1/businesses", { key: admin, body: kopiPagi });
    expect(alone.body.limits.identities).toEqual(["halo@kopipagi.example"]);
    const body = { ...kopiPagi, limits: { identities: ["KopiPagi.example"] } };
    const whole = await call("POST /v1/businesses", { key: admin, body });
    expect(whole.body.limits.identities).toEqual(["kopipagi.example"]);
  });

  test("can't create a business whose sender is not among the identities that they name", async () => {
    const body = { ...kopiPagi, limits: { identities: ["kopisenja.example"] } };
    const { status, body: answer } = await call("POST /v1/businesses", { key: admin, body });
    expect(status).toBe(400);
    expect(answer.errors).toMatchObject([{ field: "sender.address" }]);
  });

  test("binds one identity to two businesses only by naming it for both", async () => {
    const second = await saveBusiness(aBusiness({ limits: shop.limits }));
    expect(second.limits.identities).toEqual(["kopisenja.example"]);
    const third = await saveBusiness(
      aBusiness({
        sender: { address: "a@b.example" },
        limits: { ...shop.limits, identities: ["b.example"] },
      }),
    );
    const address = "halo@kopisenja.example";
    const ofThird = { key: await keyOf(third), body: { sender: { address } } };
    expect((await call(`PATCH /v1/businesses/${third.id}`, ofThird)).status).toBe(409);
    const bound = await limits(third.id, { identities: ["b.example", "kopisenja.example"] });
    expect(bound.body).toMatchObject({ limits: { identities: ["b.example", "kopisenja.example"] } });
    expect((await call(`PATCH /v1/businesses/${third.id}`, ofThird)).status).toBe(200);
  });

  test.each(["kopi senja", "@kopisenja.example", "*.kopisenja.example", "*", "example", "a@b@c.example"])(
    "can't bind %o, which is no identity",
    async (identity) => {
      expect((await limits(shop.id, { identities: [identity] })).status).toBe(400);
    },
  );
});

test("no mail can be written from an address that is not bound to its business", () => {
  expect(sender(shop).FromEmailAddress).toContain("<halo@kopisenja.example>");
  const unbound = { ...shop, sender: { address: "halo@kopipagi.example" } };
  expect(() => sender(unbound)).toThrow("can't send from its sender's address");
});

test("an address is a business's own exactly when it, or all that follows its last @, is bound", () => {
  const label = fc.stringMatching(/^[a-z0-9]{1,8}$/);
  const domains = fc.tuple(label, label).map((labels) => labels.join("."));
  fc.assert(
    fc.property(fc.array(domains, { maxLength: 4 }), domains, label, (bound, domain, name) => {
      const own = { limits: { identities: bound } };
      expect(isOwnAddress(own, `${name}@${domain}`)).toBe(bound.includes(domain));
      expect(isOwnAddress(own, `${name}@sub.${domain}`)).toBe(bound.includes(`sub.${domain}`));
      const exact = { limits: { identities: [`${name}@${domain}`] } };
      expect(isOwnAddress(exact, `${name.toUpperCase()}@${domain}`)).toBe(true);
      expect(isOwnAddress(exact, `x${name}@${domain}`)).toBe(false);
    }),
  );
});

const kopiPagi = {
  name: "Kopi Pagi",
  sender: { address: "halo@kopipagi.example" },
  postalAddress: "Jl. Dago 3, Bandung",
  timeZone: "Asia/Jakarta",
  currency: "IDR",
  locale: "id",
};

test("a share that was taken away can be given again", async () => {
  for (const share of [0.1, null, 0.1]) {
    expect((await limits(shop.id, { share })).body.limits.share).toBe(share ?? undefined);
  }
});
