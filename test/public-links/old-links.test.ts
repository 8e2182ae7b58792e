import { beforeEach, describe, expect, test, vi } from "vitest";
import * as consents from "../../core/consents.ts";
import * as customers from "../../core/customers.ts";
import * as suppressions from "../../core/suppressions.ts";
import { form, pathFor, textOf, useAni, visit } from "../support/links.ts";

const world = useAni();

const first = "ani.lestari@gmail.com";
const moved = "rahasia@kantor.example";
const evidence = { way: "api" as const };

const move = (email: string | null, id = world.ani.id) =>
  customers.update(world.shop, id, { details: { email }, evidence }, world.now);
const unsubscribe = (path = world.pathOf("unsubscribe")) => visit(path, form([["confirm", "yes"]]));
const reasonFor = (email: string) => suppressions.reasonFor(world.shop.id, email);
const findBy = (email: string) => customers.findBy(world.shop, { email });

/** All that can be posted to the pages of links in mails. */
const posts = [
  ...["topic", "undo", "why", "save", "month-off", "resume", "subscribe", "toString", ""],
  ...["see-data", "download-data", "erase", "erase-now", "mail-preferences", "mail-export", "mail-erasure"],
].map((action) =>
  form([
    ["action", action],
    ["nickname", "Eve"],
    ["was-nickname", ""],
    ["stars", "1"],
  ]),
);

describe("a link that was mailed to an address which the customer no longer has", () => {
  beforeEach(async () => {
    await move(moved);
    await customers.update(
      world.shop,
      world.ani.id,
      { details: { nickname: "Lestari", phone: "+6281298765432", locale: "en" }, evidence },
      world.now,
    );
  });

  test("shows nothing of the customer, and changes nothing of them, whatever is posted", async () => {
    await world.mailed("offers");
    const before = await world.stored();
    for (const kind of ["unsubscribe", "preferences", "rating"] as const) {
      for (const request of [{}, { method: "HEAD" }, ...posts]) {
        const page = await visit(world.pathOf(kind), request);
        expect(page.statusCode).toBe(200);
        expect(page.headers).not.toHaveProperty("content-disposition");
        expect(page.body ?? "").not.toMatch(
          /kantor|rahasia|Lestari|8765432|•••|value="(save|subscribe|undo)"/,
        );
        // The customer's own language would tell of them too.
        if (page.body) expect(page.body).toContain('<html lang="id">');
      }
    }
    expect(await world.stored()).toEqual(before);
  });

  test("unsubscribes that address alone: whoever it comes back as is not mailed", async () => {
    const before = await world.stored();
    const page = await unsubscribe();
    expect(textOf(page)).toContain("Anda sudah berhenti berlangganan");
    expect(await world.stored()).toEqual(before);
    expect(await reasonFor(first)).toBe("unsubscribed");
    expect(await reasonFor(moved)).toBeUndefined();
    const input = { details: { email: first }, consent: "subscribed" as const, evidence };
    const { customer } = await customers.upsert(world.shop, input, world.now);
    expect(customer).toMatchObject({ email: first, suppressed: "unsubscribed" });
  });

  test("does it by a mail program's one click, and again without another word", async () => {
    const click = { method: "POST", body: "List-Unsubscribe=One-Click" };
    const page = await visit(world.pathOf("unsubscribe"), click);
    expect(page.statusCode).toBe(200);
    expect(await reasonFor(first)).toBe("unsubscribed");
    expect((await visit(world.pathOf("unsubscribe"), click)).body).toBe(page.body);
    expect((await unsubscribe()).body).toBe(page.body);
  });

  test("unsubscribes the customer who has that address now, and nobody else", async () => {
    const input = { details: { email: first }, consent: "subscribed" as const, evidence };
    const { customer } = await customers.upsert(world.shop, input, world.now);
    world.bus.events.length = 0;
    await unsubscribe();
    await unsubscribe();
    expect(await findBy(first)).toMatchObject({ id: customer.id, consent: "unsubscribed" });
    expect((await consents.history(world.shop.id, customer.id)).at(-1)).toMatchObject({
      was: "subscribed",
      way: "link",
      run: world.run,
      ip: "203.0.113.7",
    });
    expect(world.bus.events.map(({ type }) => type)).toEqual(["customer.unsubscribed"]);
    expect(await world.stored()).toMatchObject({ email: moved, consent: "subscribed" });
  });

  test("still does it after further changes, and opens again once the address is back", async () => {
    await move("third@example.com");
    await move(
      null,
      (
        await customers.update(
          world.shop,
          world.ani.id,
          {
            details: { externalId: "A-1" },
            evidence,
          },
          world.now,
        )
      ).id,
    );
    await unsubscribe();
    expect(await reasonFor(first)).toBe("unsubscribed");
    await suppressions.comeBack(world.shop.id, first, world.now);
    await move(first);
    expect(textOf(await visit(world.pathOf("preferences")))).toContain("a•••@gmail.com");
    expect((await world.stored()).formerEmails).toEqual([moved, "third@example.com"]);
  });

  test("remembers twenty addresses, and of an older one says the same without doing anything", async () => {
    for (let count = 0; count < 20; count++) await move(`a${count}@example.com`);
    expect((await world.stored()).formerEmails).toHaveLength(20);
    const before = await world.stored();
    expect(textOf(await unsubscribe())).toContain("Anda sudah berhenti berlangganan");
    expect(await reasonFor(first)).toBeUndefined();
    expect(await world.stored()).toEqual(before);
  });

  test("has a link mailed, which says by ids only to whom", async () => {
    world.bus.events.length = 0;
    const page = await visit(world.pathOf("preferences"), form([["action", "mail-preferences"]]));
    expect(textOf(page)).toContain("Periksa kotak masuk Anda");
    expect(world.bus.events).toMatchObject([
      {
        type: "link.requested",
        detail: { business: world.shop.id, customer: world.ani.id, link: "preferences" },
      },
    ]);
    expect(JSON.stringify(world.bus.events)).not.toMatch(/kantor|gmail/);
  });
});

describe("a link that is older than ninety days", () => {
  const later = () => vi.setSystemTime("2027-02-23T00:00:00.000Z");

  test("opens until then", async () => {
    const path = world.pathOf("preferences");
    vi.setSystemTime("2027-02-22T23:59:59.000Z");
    expect(textOf(await visit(path))).toContain("a•••@gmail.com");
  });

  test("still unsubscribes, ten years later, by the button and by one click", async () => {
    for (const request of [form([["confirm", "yes"]]), { method: "POST" }]) {
      const { id } = await customers.subscribe(world.shop.id, world.ani.id, evidence, world.now);
      const path = world.pathOf("unsubscribe");
      vi.setSystemTime("2036-11-24T02:00:00.000Z");
      expect(textOf(await visit(path, request))).toContain("Anda sudah berhenti berlangganan");
      expect(await customers.get(world.shop.id, id)).toMatchObject({ consent: "unsubscribed" });
      vi.setSystemTime(world.now);
    }
  });

  test("answers to the byte as one that was mailed to a former address, whatever is done", async () => {
    const old = await world.subscriber("budi@example.com");
    const left = await world.subscriber("citra@example.com");
    await move("citra@kantor.example", left.id);
    later();
    const at = world.now;
    const requests = [{}, ...posts, form([["action", "unsubscribe"]]), form([["confirm", "yes"]]), {}];
    for (const kind of ["unsubscribe", "preferences", "rating"] as const) {
      for (const request of requests) {
        const [one, other] = await Promise.all(
          [old, left].map(async (customer) => {
            const answer = await visit(pathFor(kind, customer, world.run, at), request);
            // The tokens in its forms name the customer, as the page's own does.
            return JSON.stringify(answer).replaceAll(/\/([up])\/[\w.~-]+/g, "/$1/token");
          }),
        );
        expect(one).toBe(other);
      }
    }
    expect(await findBy("budi@example.com")).toMatchObject({ consent: "unsubscribed" });
    expect(await findBy("citra@kantor.example")).toMatchObject({ consent: "subscribed" });
  });

  test("passes no younger token on", async () => {
    const path = world.pathOf("unsubscribe");
    later();
    const tokens = [...((await visit(path)).body ?? "").matchAll(/\.\.\/p\/([\w.~-]+)/g)];
    expect(tokens.length).toBeGreaterThan(0);
    for (const [, token] of tokens) {
      expect(textOf(await visit(`/p/${token}`))).toContain("Tautan ini sudah tidak berlaku");
    }
  });
});
