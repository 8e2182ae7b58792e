import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as consents from "../../core/consents.ts";
import { change } from "../../core/customers/change.ts";
import { suppress } from "../../core/suppressions.ts";
import { form, press, textOf, useAni, visit } from "../support/links.ts";

const world = useAni();

const open = (lang?: string) => visit(world.pathOf("preferences"), lang ? { lang } : {});
/** Opens the page, changes fields by hand and presses a button. */
const choose = async (changes: Record<string, string | readonly string[]> = {}, button = "save") =>
  visit(world.pathOf("preferences"), press(await open(), button, changes));
const proofs = async () => (await consents.history(world.shop.id, world.ani.id)).slice(1);

describe("being in and out", () => {
  test("one button unsubscribes from everything, and the page after it is the same as by the other link", async () => {
    const page = await choose({}, "unsubscribe");
    expect(await world.stored()).toMatchObject({ consent: "unsubscribed" });
    expect(page.body).toBe((await visit(world.pathOf("unsubscribe"))).body);
    const out = await open();
    expect(textOf(out)).toContain("Anda tidak berlangganan");
    expect(out.body).not.toContain('name="topic"');
  });

  test("saving topics never subscribes; only the button that says so does, and leaves its proof", async () => {
    const before = await open();
    await visit(world.pathOf("unsubscribe"), form([["confirm", "yes"]]));
    await visit(world.pathOf("preferences"), press(before, "save", { topic: ["birthday", "offers"] }));
    expect(await world.stored()).toMatchObject({ consent: "unsubscribed", topics: { news: false } });

    const page = await choose({}, "subscribe");
    expect(textOf(page)).toContain("Anda berlangganan lagi.");
    expect(await world.stored()).toMatchObject({ consent: "subscribed", topics: { news: false } });
    expect((await proofs()).at(-1)).toMatchObject({
      was: "unsubscribed",
      consent: "subscribed",
      way: "link",
      ip: "203.0.113.7",
    });
  });

  test("an address that bounced or complained can't be subscribed again here, and the page says whom to write to", async () => {
    await suppress(world.shop.id, "ani.lestari@gmail.com", "complaint", world.now);
    const page = await visit(world.pathOf("preferences"), form([["action", "subscribe"]]));
    expect(textOf(page)).toContain("Email ke alamat ini dihentikan");
    expect(textOf(page)).toContain("tanya@kopisenja.example");
    expect(page.body).not.toContain('value="subscribe"');
  });

  test("whose data is only kept sees that nothing is sent, and changes nothing but that they leave", async () => {
    const before = await open();
    await change(world.shop.id, world.ani.id, world.now, (customer) =>
      customer ? { customer: { ...customer, restrictedAt: world.now } } : undefined,
    );
    const page = await visit(world.pathOf("preferences"), press(before, "save", { nickname: "Ani" }));
    expect(textOf(page)).toContain("Data Anda hanya disimpan");
    expect(await world.stored()).not.toHaveProperty("nickname");
    await visit(world.pathOf("preferences"), form([["action", "unsubscribe"]]));
    expect(await world.stored()).toMatchObject({ consent: "unsubscribed" });
  });

  test("a post that presses no button changes nothing", async () => {
    for (const body of ["", "List-Unsubscribe=One-Click", "action=delete", "action=toString&nickname=Eve"]) {
      await visit(world.pathOf("preferences"), { ...form([]), body });
    }
    expect(await world.stored()).toEqual(world.ani);
  });

  test("whatever is posted to either page, only the buttons Subscribe and Undo bring anyone back", async () => {
    const names = [
      "topic",
      "shown",
      "often",
      "pausedUntil",
      "language",
      "nickname",
      "day",
      "month",
      "confirm",
    ];
    const name = fc.constantFrom(
      ...names,
      ...names.map((one) => `was-${one}`),
      "left",
      "reason",
      "words",
      "consent",
    );
    const word = fc.oneof(
      fc.constantFrom("offers", "week", "subscribed", "yes", world.now),
      fc.string({ maxLength: 9 }),
    );
    const action = fc.constantFrom(
      "save",
      "month-off",
      "resume",
      "unsubscribe",
      "topic",
      "why",
      "toString",
      "",
    );
    const post = fc.record({
      kind: fc.constantFrom("unsubscribe" as const, "preferences" as const),
      action,
      fields: fc.array(fc.tuple(name, word), { maxLength: 6 }),
    });
    await world.mailed("offers");
    await fc.assert(
      fc.asyncProperty(fc.array(post, { minLength: 1, maxLength: 4 }), async (posts) => {
        await visit(world.pathOf("unsubscribe"), form([["confirm", "yes"]]));
        for (const { kind, action, fields } of posts) {
          const answer = await visit(world.pathOf(kind), form([["action", action], ...fields]));
          expect([200, 400]).toContain(answer.statusCode);
          expect(await world.stored()).toMatchObject({ consent: "unsubscribed" });
        }
      }),
      { numRuns: 20 },
    );
  });
});
