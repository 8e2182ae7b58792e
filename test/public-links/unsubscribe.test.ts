import { describe, expect, test } from "vitest";
import type { Evidence } from "../../core/consents.ts";
import * as consents from "../../core/consents.ts";
import * as customers from "../../core/customers.ts";
import { form, leftOf, type Request, textOf, useAni, visit } from "../support/links.ts";

const world = useAni();

describe("unsubscribing", () => {
  test("opening the link changes nothing, however often and however scanners do it", async () => {
    for (const method of ["GET", "HEAD", "GET"]) {
      expect((await visit(world.pathOf("unsubscribe"), { method })).statusCode).toBe(200);
      expect((await visit(world.pathOf("preferences"), { method })).statusCode).toBe(200);
    }
    expect(await world.stored()).toEqual(world.ani);
    expect(world.bus.events).toEqual([]);
  });

  test("the page asks in the customer's language, names the shop and shows the address masked", async () => {
    const page = await visit(world.pathOf("unsubscribe"));
    expect(page.body).toContain('<html lang="id">');
    expect(textOf(page)).toContain("Berhenti berlangganan?");
    expect(textOf(page)).toContain("Kopi Senja");
    expect(textOf(page)).toContain("a•••@gmail.com");
    expect(page.body).not.toContain("ani.lestari");
  });

  test("pressing its button unsubscribes, and leaves the proof: when, from which mail, from where", async () => {
    const page = await visit(world.pathOf("unsubscribe"), form([["confirm", "yes"]]));
    expect(page.statusCode).toBe(200);
    expect(textOf(page)).toContain("Anda sudah berhenti berlangganan");
    expect(await world.stored()).toMatchObject({ consent: "unsubscribed" });
    expect((await consents.history(world.shop.id, world.ani.id)).at(-1)).toMatchObject({
      at: world.now,
      was: "subscribed",
      consent: "unsubscribed",
      way: "link",
      run: world.run,
      ip: "203.0.113.7",
      userAgent: "Mozilla/5.0 (Android)",
    });
    expect(world.bus.events).toMatchObject([{ type: "customer.unsubscribed" }]);
  });

  const boundary = "----sapa";
  const multipart = `--${boundary}\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--${boundary}--\r\n`;
  test.each<[string, Request]>([
    ["urlencoded", { type: "application/x-www-form-urlencoded", body: "List-Unsubscribe=One-Click" }],
    [
      "urlencoded, in base64",
      { type: "application/x-www-form-urlencoded", body: Buffer.from("List-Unsubscribe=One-Click") },
    ],
    ["multipart", { type: `multipart/form-data; boundary=${boundary}`, body: multipart }],
    [
      "multipart, in base64",
      { type: `multipart/form-data; boundary="${boundary}"`, body: Buffer.from(multipart) },
    ],
    ["broken multipart", { type: "multipart/form-data", body: multipart }],
    ["without a type", { body: "List-Unsubscribe=One-Click" }],
    [
      "longer than any form",
      {
        type: "application/x-www-form-urlencoded",
        body: `List-Unsubscribe=One-Click&more=${"x".repeat(200_000)}`,
      },
    ],
    ["without a body", {}],
  ])("a mail program's one click unsubscribes at once: %s", async (_, request) => {
    const answer = await visit(world.pathOf("unsubscribe"), { method: "POST", ...request });
    expect(answer.statusCode).toBe(200);
    expect(answer.cookies).toBeUndefined();
    expect(Object.keys(answer.headers ?? {})).not.toContain("location");
    expect(Object.keys(answer.headers ?? {})).not.toContain("set-cookie");
    expect(await world.stored()).toMatchObject({ consent: "unsubscribed" });
    expect((await consents.history(world.shop.id, world.ani.id)).at(-1)).toMatchObject({
      way: "one-click",
      run: world.run,
    });
  });

  test("repeating it is harmless and says the same", async () => {
    const first = await visit(world.pathOf("unsubscribe"), form([["confirm", "yes"]]));
    const once = await world.stored();
    const again = await visit(world.pathOf("unsubscribe"), form([["confirm", "yes"]]));
    expect(again.body).toBe(first.body);
    expect(await world.stored()).toEqual(once);
    expect(world.bus.events).toHaveLength(1);
    expect(textOf(await visit(world.pathOf("unsubscribe")))).toContain("Anda sudah berhenti berlangganan");
  });

  test("the page leads to the preferences of the same customer", async () => {
    const page = await visit(world.pathOf("unsubscribe"), { lang: "en" });
    const [, token = "", lang = ""] = /href="\.\.\/p\/([\w.-]+)\?lang=(\w+)"/.exec(page.body ?? "") ?? [];
    const preferences = await visit(`/p/${token}`, { lang });
    expect(textOf(preferences)).toContain("Email preferences");
    expect(textOf(preferences)).toContain("a•••@gmail.com");
  });
});

describe("leaving only what the mail was about", () => {
  const leaveTopic = () => visit(world.pathOf("unsubscribe"), form([["action", "topic"]]));
  const press = (fields: [string, string][], lang = "en") =>
    visit(world.pathOf("unsubscribe"), { ...form(fields), lang });

  test("the page offers it beside everything, and pressing it stops that topic alone", async () => {
    await world.mailed("offers");
    expect(textOf(await visit(world.pathOf("unsubscribe")))).toContain("Hentikan hanya “Penawaran khusus”");
    const page = await leaveTopic();
    expect(textOf(page)).toContain("“Penawaran khusus” sudah dihentikan");
    expect(await world.stored()).toMatchObject({ consent: "subscribed", topics: { offers: false } });
    expect((await consents.history(world.shop.id, world.ani.id)).at(-1)).toMatchObject({
      way: "link",
      run: world.run,
      ip: "203.0.113.7",
      topics: { offers: false },
    });
  });

  test("repeating it says the same; the mail program's one click still means everything", async () => {
    await world.mailed("offers");
    const first = await leaveTopic();
    const once = await world.stored();
    expect((await leaveTopic()).body).toBe(first.body);
    expect((await visit(world.pathOf("unsubscribe"))).body).toBe(first.body);
    expect(await world.stored()).toEqual(once);
    await press([["List-Unsubscribe", "One-Click"]]);
    expect(await world.stored()).toMatchObject({ consent: "unsubscribed" });
  });

  test("nothing is offered for a topic that is off anyway, that the shop no longer has, or of an unknown run", async () => {
    const offered = async () => (await visit(world.pathOf("unsubscribe"))).body?.includes('value="topic"');
    expect(await offered()).toBe(false);
    await world.mailed("offers");
    expect(await offered()).toBe(true);
    await customers.choose(
      world.shop.id,
      world.ani.id,
      { topics: { offers: false } },
      { way: "api" },
      world.now,
    );
    expect(await offered()).toBe(false);
    await world.shopOf({ topics: [{ key: "news", name: { id: "Kabar", en: "News" } }] });
    await world.mailed("offers");
    expect(await offered()).toBe(false);
    await leaveTopic();
    expect(await world.stored()).toEqual(world.ani);
  });

  test("a topic that was off before isn't taken for the one that was left from the same mail", async () => {
    await world.mailed("offers");
    const off = (topic: string, evidence: Evidence) =>
      customers.choose(world.shop.id, world.ani.id, { topics: { [topic]: false } }, evidence, world.now);
    await off("offers", { way: "api" });
    await off("news", { way: "link", run: world.run });
    const page = await visit(world.pathOf("unsubscribe"), { lang: "en" });
    expect(textOf(page)).toContain("Unsubscribe?");
    expect(page.body).not.toContain('value="topic"');
  });

  test("undoing it turns that topic on again and leaves the others as they are", async () => {
    await world.mailed("offers");
    await customers.choose(
      world.shop.id,
      world.ani.id,
      { topics: { birthday: false, offers: true } },
      { way: "api" },
      world.now,
    );
    const before = await world.stored();
    const page = await leaveTopic();
    await press([["action", "undo"], leftOf(page)]);
    expect((await world.stored()).topics).toEqual({ birthday: false, offers: true });
    expect((await world.stored()).joined).toEqual(before.joined);
  });
});
