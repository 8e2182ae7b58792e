import { describe, expect, test, vi } from "vitest";
import * as consents from "../../core/consents.ts";
import { suppress } from "../../core/suppressions.ts";
import { form, textOf, useAni, visit } from "../support/links.ts";

const world = useAni();

describe("preferences", () => {
  const shown = ["birthday", "offers", "news"].map((key): [string, string] => ["shown", key]);
  const save = (...fields: [string, string][]) =>
    visit(world.pathOf("preferences"), form([["action", "save"], ...shown, ...fields]));
  const ticked = (...keys: string[]) => keys.map((key): [string, string] => ["topic", key]);

  test("the topics stand there by their names, on until turned off", async () => {
    const page = await visit(world.pathOf("preferences"));
    for (const name of ["Ucapan ulang tahun", "Penawaran khusus", "Kabar dan produk baru"]) {
      expect(textOf(page)).toContain(name);
    }
    expect(page.body?.match(/name="topic" value="\w+" checked/g)).toHaveLength(3);
  });

  test("a topic is turned off and on again, and each time the choice is kept as evidence", async () => {
    const page = await save(...ticked("birthday", "news"));
    expect(textOf(page)).toContain("Pilihan Anda sudah disimpan.");
    expect(page.body?.match(/name="topic" value="\w+" checked/g)).toHaveLength(2);
    expect(await world.stored()).toMatchObject({ topics: { offers: false }, consent: "subscribed" });
    await save(...ticked("birthday", "offers", "news"));
    expect((await world.stored()).topics).toEqual({ offers: true });
    expect(await consents.history(world.shop.id, world.ani.id)).toMatchObject([
      {},
      { way: "link", ip: "203.0.113.7", run: world.run, topics: { offers: false } },
      { way: "link", topics: { offers: true } },
    ]);
  });

  test("saving the page as it is changes nothing", async () => {
    await save(...ticked("birthday", "offers", "news"), ["language", "id"]);
    expect(await world.stored()).toEqual(world.ani);
  });

  test("a topic that was not on the page when it was opened is not turned off, nor is an unknown one taken", async () => {
    await visit(
      world.pathOf("preferences"),
      form([
        ["action", "save"],
        ["shown", "news"],
        ["shown", "gossip"],
        ["topic", "gossip"],
      ]),
    );
    expect((await world.stored()).topics).toEqual({ news: false });
  });

  test("the page can be read in the other language without changing anything, and the mail's language be chosen", async () => {
    const english = await visit(world.pathOf("preferences"), { lang: "en" });
    expect(english.body).toContain('<html lang="en">');
    expect(textOf(english)).toContain("Special offers");
    expect(await world.stored()).toEqual(world.ani);

    const page = await save(...ticked("birthday", "offers", "news"), ["language", "en"]);
    expect(page.body).toContain('<html lang="en">');
    expect(textOf(page)).toContain("Your choices are saved.");
    expect(await world.stored()).toMatchObject({ locale: "en" });
    expect((await visit(world.pathOf("preferences"))).body).toContain('<html lang="en">');
  });

  test("mail is paused for a month by the shop's calendar, stays paused when saved again, and can go on", async () => {
    vi.setSystemTime("2026-11-24T18:00:00.000Z"); // the 25th in Jakarta
    const all = ticked("birthday", "offers", "news");
    const page = await save(...all, ["pause", "month"]);
    expect(await world.stored()).toMatchObject({ pausedUntil: "2026-12-25", consent: "subscribed" });
    expect(textOf(page)).toContain("Dijeda sampai 25 Desember 2026");

    vi.setSystemTime("2026-12-01T02:00:00.000Z");
    await save(...all, ["pause", "month"]);
    expect(await world.stored()).toMatchObject({ pausedUntil: "2026-12-25" });

    await save(...all);
    expect((await world.stored()).pausedUntil).toBeUndefined();
    expect(textOf(await visit(world.pathOf("preferences")))).toContain("Jeda sebulan");
  });

  test("a pause that is over is over on the page too", async () => {
    await save(...ticked("birthday", "offers", "news"), ["pause", "month"]);
    vi.setSystemTime("2027-01-10T02:00:00.000Z");
    expect(textOf(await visit(world.pathOf("preferences")))).toContain("Jeda sebulan");
  });

  test("one button unsubscribes from everything", async () => {
    const page = await visit(world.pathOf("preferences"), form([["action", "unsubscribe"]]));
    expect(await world.stored()).toMatchObject({ consent: "unsubscribed" });
    expect(textOf(page)).toContain("Anda tidak berlangganan");
    expect(page.body).not.toContain('name="topic"');
  });

  test("saving topics never subscribes; only the button that says so does, and leaves its proof", async () => {
    await visit(world.pathOf("unsubscribe"), form([["confirm", "yes"]]));
    await save(...ticked("birthday", "offers"));
    expect(await world.stored()).toMatchObject({ consent: "unsubscribed", topics: { news: false } });

    const page = await visit(world.pathOf("preferences"), form([["action", "subscribe"]]));
    expect(textOf(page)).toContain("Anda berlangganan lagi.");
    expect(await world.stored()).toMatchObject({ consent: "subscribed", topics: { news: false } });
    expect((await consents.history(world.shop.id, world.ani.id)).at(-1)).toMatchObject({
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

  test("a post that presses no button changes nothing", async () => {
    for (const body of ["", "List-Unsubscribe=One-Click", "action=delete"]) {
      await visit(world.pathOf("preferences"), { ...form([]), body });
    }
    expect(await world.stored()).toEqual(world.ani);
  });
});
