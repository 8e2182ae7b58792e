import { ScanCommand } from "@aws-sdk/lib-dynamodb";
import { describe, expect, test, vi } from "vitest";
import * as consents from "../../core/consents.ts";
import * as customers from "../../core/customers.ts";
import { documents, tableName } from "../../core/store.ts";
import { suppress } from "../../core/suppressions.ts";
import { form, leftOf, pathFor, textOf, useAni, visit } from "../support/links.ts";

const world = useAni();

describe("thinking again", () => {
  const leave = () => visit(world.pathOf("unsubscribe"), form([["confirm", "yes"]]));
  const undo = (page: { body?: string | undefined }, lang = "en") =>
    visit(world.pathOf("unsubscribe"), { ...form([["action", "undo"], leftOf(page)]), lang });

  test("undo puts everything back as it was, how they came to be subscribed too, and leaves its proof", async () => {
    const page = await leave();
    vi.setSystemTime("2026-11-24T02:01:00.000Z");
    const back = await undo(page);
    expect(textOf(back)).toContain("Undone");
    const { version: _, updatedAt: __, ...now } = await world.stored();
    const { version: ___, updatedAt: ____, ...before } = world.ani;
    expect(now).toEqual(before);
    expect((await consents.history(world.shop.id, world.ani.id)).at(-1)).toMatchObject({
      at: "2026-11-24T02:01:00.000Z",
      was: "unsubscribed",
      consent: "subscribed",
      way: "link",
      run: world.run,
      undoes: world.now,
    });
    vi.setSystemTime("2026-11-24T02:02:00.000Z");
    expect(textOf(await undo(page))).toContain("Undone");
    expect(await world.stored()).toMatchObject({ version: world.ani.version + 2 });
  });

  test("undo does nothing once something else was chosen", async () => {
    const page = await leave();
    vi.setSystemTime("2026-11-24T02:01:00.000Z");
    await customers.subscribe(world.shop.id, world.ani.id, { way: "api" }, "2026-11-24T02:01:00.000Z");
    vi.setSystemTime("2026-11-24T02:02:00.000Z");
    await customers.unsubscribe(world.shop.id, world.ani.id, { way: "api" }, "2026-11-24T02:02:00.000Z");
    expect(textOf(await undo(page))).toContain("You are unsubscribed");
    expect(await world.stored()).toMatchObject({ consent: "unsubscribed" });
  });

  test("another mail's link shows that they left, and can't undo it", async () => {
    const page = await leave();
    const other = pathFor("unsubscribe", world.ani);
    expect((await visit(other)).body).not.toContain('value="undo"');
    const answer = await visit(other, form([["action", "undo"], leftOf(page)]));
    expect(textOf(answer)).toContain("Anda sudah berhenti berlangganan");
    expect(await world.stored()).toMatchObject({ consent: "unsubscribed" });
  });

  test("undoing it a second time still says how they first came to be subscribed", async () => {
    for (const minute of [1, 2]) {
      vi.setSystemTime(`2026-11-24T02:0${minute}:00.000Z`);
      expect(textOf(await undo(await leave()))).toContain("Undone");
    }
    expect((await world.stored()).joined).toEqual(world.ani.joined);
  });

  test("an old page doesn't undo a newer leaving", async () => {
    const old = await leave();
    vi.setSystemTime("2026-11-24T02:01:00.000Z");
    await visit(world.pathOf("preferences"), form([["action", "subscribe"]]));
    vi.setSystemTime("2026-11-24T02:02:00.000Z");
    const newer = await leave();
    expect(textOf(await undo(old))).toContain("You are unsubscribed");
    expect(await world.stored()).toMatchObject({ consent: "unsubscribed" });
    expect(textOf(await undo(newer))).toContain("Undone");
  });

  test("who called the mail spam is not offered to undo, and can't", async () => {
    const page = await leave();
    await suppress(world.shop.id, "ani.lestari@gmail.com", "complaint", world.now);
    expect((await visit(world.pathOf("unsubscribe"))).body).not.toContain('value="undo"');
    await undo(page);
    expect(await world.stored()).toMatchObject({ consent: "unsubscribed", suppressed: "complaint" });
  });
});

describe("saying why", () => {
  const leave = (fields: [string, string][] = [["confirm", "yes"]]) =>
    visit(world.pathOf("unsubscribe"), form(fields));
  const tell = (...fields: [string, string][]) =>
    visit(world.pathOf("unsubscribe"), { ...form([["action", "why"], ...fields]), lang: "en" });
  const leavings = async () => {
    const { Items = [] } = await documents.send(new ScanCommand({ TableName: tableName("responses") }));
    return Items.filter(({ business }) => business === world.shop.id);
  };

  test("leaving is counted without a word; the reason and a few words are kept with it", async () => {
    await world.mailed("offers");
    await leave();
    await leave();
    expect(await leavings()).toMatchObject([{ kind: "leaving", run: world.run, customer: world.ani.id }]);
    expect((await leavings())[0]).not.toHaveProperty("reason");
    const page = await tell(["reason", "too-many"], ["words", " Setiap hari!\r\nSungguh. "]);
    expect(textOf(page)).toContain("Thank you for telling us.");
    expect(await leavings()).toMatchObject([{ reason: "too-many", words: "Setiap hari!\nSungguh." }]);
    await undoNow();
    expect(await leavings()).toEqual([]);
  });
  const undoNow = async () => {
    const page = await visit(world.pathOf("unsubscribe"));
    await visit(world.pathOf("unsubscribe"), form([["action", "undo"], leftOf(page)]));
  };

  test("it says which topic was left, if it was only one", async () => {
    await world.mailed("offers");
    await leave([["action", "topic"]]);
    await tell(["reason", "not-interesting"]);
    expect(await leavings()).toMatchObject([{ topic: "offers", reason: "not-interesting" }]);
  });

  test("what is missing or too long is said beside the field, and what was typed stays", async () => {
    await leave();
    const nothing = await tell();
    expect(nothing.statusCode).toBe(400);
    expect(textOf(nothing)).toContain("Please choose a reason.");
    const words = `<b>${"x".repeat(296)}\r\n!`;
    const long = await tell(["reason", "other"], ["words", words]);
    expect(textOf(long)).toContain("At most 300 characters, please.");
    expect(long.body).toContain(`&lt;b&gt;${"x".repeat(296)}\n!</textarea>`);
    expect(long.body).toMatch(/value="other" checked/);
    expect(await leavings()).toMatchObject([{ kind: "leaving" }]);
    expect((await leavings())[0]).not.toHaveProperty("reason");
    // A line break is one character to who types it.
    await tell(["reason", "other"], ["words", `<b>${"x".repeat(295)}\r\n!`]);
    expect(await leavings()).toMatchObject([{ words: `<b>${"x".repeat(295)}\n!` }]);
  });

  test("words alone are another reason", async () => {
    await leave();
    await tell(["words", "Pindah kota"]);
    expect(await leavings()).toMatchObject([{ reason: "other", words: "Pindah kota" }]);
  });

  test("who has not left isn't asked, and isn't taken at their word", async () => {
    await tell(["reason", "too-many"]);
    expect(await leavings()).toEqual([]);
    expect(await world.stored()).toEqual(world.ani);
  });

  test("a count that fails doesn't keep anyone from leaving", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    vi.stubEnv("TABLE_RESPONSES", "no-such-table");
    expect(textOf(await leave())).toContain("Anda sudah berhenti berlangganan");
    vi.unstubAllEnvs();
    expect(log.mock.calls.join()).toContain("left was not counted");
    expect(log.mock.calls.join()).not.toContain("gmail");
    expect(await world.stored()).toMatchObject({ consent: "unsubscribed" });
    log.mockRestore();
  });
});
