import { describe, expect, test, vi } from "vitest";
import * as consents from "../../core/consents.ts";
import { change } from "../../core/customers/change.ts";
import * as customers from "../../core/customers.ts";
import { press, textOf, useAni, visit } from "../support/links.ts";

const world = useAni();

const open = (lang?: string) => visit(world.pathOf("preferences"), lang ? { lang } : {});
/** Opens the page, changes fields by hand and presses a button. */
const choose = async (changes: Record<string, string | readonly string[]> = {}, button = "save") =>
  visit(world.pathOf("preferences"), press(await open(), button, changes));
const proofs = async () => (await consents.history(world.shop.id, world.ani.id)).slice(1);

describe("topics and languages", () => {
  test("the topics stand there by their names, on until turned off", async () => {
    const page = await open();
    for (const name of ["Ucapan ulang tahun", "Penawaran khusus", "Kabar dan produk baru"]) {
      expect(textOf(page)).toContain(name);
    }
    expect(page.body?.match(/name="topic" value="\w+" checked/g)).toHaveLength(3);
  });

  test("a topic is turned off and on again, and each time the choice is kept as evidence", async () => {
    const page = await choose({ topic: ["birthday", "news"] });
    expect(textOf(page)).toContain("Pilihan Anda sudah disimpan.");
    expect(page.body?.match(/name="topic" value="\w+" checked/g)).toHaveLength(2);
    expect(await world.stored()).toMatchObject({ topics: { offers: false }, consent: "subscribed" });
    await choose({ topic: ["birthday", "offers", "news"] });
    expect((await world.stored()).topics).toEqual({ offers: true });
    expect(await proofs()).toMatchObject([
      { way: "link", ip: "203.0.113.7", run: world.run, topics: { offers: false } },
      { way: "link", topics: { offers: true } },
    ]);
  });

  test("saving the page as it is changes nothing", async () => {
    const birthday = await world.subscriber("budi@example.com", {
      birthday: "02-29",
      nickname: `"O'Budi" & <co>`,
    });
    const path = world.pathOf("preferences", birthday);
    await visit(path, press(await visit(path), "save"));
    expect(await customers.get(world.shop.id, birthday.id)).toEqual(birthday);
    await choose();
    expect(await world.stored()).toEqual(world.ani);
  });

  test("a page that lay open writes over nothing that was changed elsewhere meanwhile", async () => {
    const page = await open();
    const elsewhere = { topics: { news: false }, nickname: "Ani", frequencyCap: { perWeek: 1 } };
    await customers.choose(world.shop.id, world.ani.id, elsewhere, { way: "api" }, world.now);
    vi.setSystemTime("2026-11-24T03:00:00.000Z");
    await visit(world.pathOf("preferences"), press(page, "save", { topic: ["birthday", "news"] }));
    expect(await world.stored()).toMatchObject({ ...elsewhere, topics: { news: false, offers: false } });
  });

  test("a topic that was not on the page when it was opened is not turned off, nor is an unknown one taken", async () => {
    await choose({ shown: ["news", "gossip"], topic: ["gossip"] });
    expect((await world.stored()).topics).toEqual({ news: false });
  });

  test("the page can be read in the other language without changing anything, and the mail's language be chosen", async () => {
    const english = await open("en");
    expect(english.body).toContain('<html lang="en">');
    expect(textOf(english)).toContain("Special offers");
    expect(await world.stored()).toEqual(world.ani);

    const page = await choose({ language: "en" });
    expect(page.body).toContain('<html lang="en">');
    expect(textOf(page)).toContain("Your choices are saved.");
    expect(await world.stored()).toMatchObject({ locale: "en" });
    expect((await open()).body).toContain('<html lang="en">');
  });
});

describe("how often", () => {
  test.each([
    ["week", { perWeek: 1 }],
    ["month", { perMonth: 1 }],
  ])(
    "at most once a %s becomes the customer's own cap, and goes again with the shop's way",
    async (often, cap) => {
      await choose({ often });
      expect(await world.stored()).toMatchObject({ frequencyCap: cap });
      expect((await open()).body).toContain(`name="often" value="${often}" checked`);
      await choose({ often: "shop" });
      expect(await world.stored()).not.toHaveProperty("frequencyCap");
      expect(await proofs()).toMatchObject([
        { way: "link", frequencyCap: cap },
        { way: "link", frequencyCap: null },
      ]);
    },
  );

  test("a cap that the page has no words for stays until another is chosen, and can't be made up", async () => {
    expect((await open()).body).not.toContain('value="own"');
    await choose({ often: "own" });
    await choose({ often: "__proto__" });
    expect(await world.stored()).toEqual(world.ani);
    const own = { perDay: 1, perWeek: 1 };
    await customers.choose(world.shop.id, world.ani.id, { frequencyCap: own }, { way: "api" }, world.now);
    expect((await open()).body).toContain('name="often" value="own" checked');
    await choose({ nickname: "Ani" });
    expect(await world.stored()).toMatchObject({ frequencyCap: own, nickname: "Ani" });
  });
});

describe("pausing", () => {
  test("a month off is one tap, by the shop's calendar, and so is the end of it; what else was changed is saved", async () => {
    vi.setSystemTime("2026-11-24T18:00:00.000Z"); // the 25th in Jakarta
    const page = await choose({ topic: ["news"], pausedUntil: "nonsense" }, "month-off");
    expect(await world.stored()).toMatchObject({
      pausedUntil: "2026-12-25",
      consent: "subscribed",
      topics: { birthday: false, offers: false },
    });
    expect(textOf(page)).toContain("Dijeda sampai 25\u00a0Desember\u00a02026".replaceAll("\u00a0", " "));

    vi.setSystemTime("2026-12-01T02:00:00.000Z");
    await choose();
    expect(await world.stored()).toMatchObject({ pausedUntil: "2026-12-25" });
    await choose({}, "resume");
    expect((await world.stored()).pausedUntil).toBeUndefined();
    expect(textOf(await open())).toContain("Jeda sebulan");
    expect((await proofs()).at(-1)).toMatchObject({ way: "link", pausedUntil: null });
  });

  test("any day from tomorrow to two years ahead can be chosen, and emptied", async () => {
    for (const day of ["2026-11-25", "2028-11-24"]) {
      await choose({ pausedUntil: day });
      expect(await world.stored()).toMatchObject({ pausedUntil: day });
    }
    await choose({ pausedUntil: "" });
    expect(await world.stored()).not.toHaveProperty("pausedUntil");
  });

  test.each(["2026-11-24", "2028-11-25", "2027-02-30", "soon", "2027-1-1"])(
    "until %s is refused beside the field, and nothing else is saved",
    async (day) => {
      const page = await choose({ pausedUntil: day, topic: ["news"], nickname: "Ani" });
      expect(page.statusCode).toBe(400);
      expect(textOf(page)).toContain("Belum disimpan");
      expect(textOf(page)).toContain("Pilih tanggal dari 25 November 2026 sampai 24 November 2028.");
      expect(page.body).toContain(`value="${day}"`);
      expect(page.body).toContain('name="nickname" autocomplete="nickname" maxlength="60" value="Ani"');
      expect(page.body?.match(/name="topic" value="\w+" checked/g)).toHaveLength(1);
      expect(await world.stored()).toEqual(world.ani);
      await visit(world.pathOf("preferences"), press(page, "save", { pausedUntil: "2027-01-01" }));
      expect(await world.stored()).toMatchObject({
        pausedUntil: "2027-01-01",
        nickname: "Ani",
        topics: { birthday: false, offers: false },
      });
    },
  );

  test("a pause that is over is over on the page too; a longer one than the page offers stays", async () => {
    await choose({}, "month-off");
    vi.setSystemTime("2027-01-10T02:00:00.000Z");
    expect(textOf(await open())).toContain("Jeda sebulan");
    const long = { pausedUntil: "2035-01-01" };
    await customers.choose(world.shop.id, world.ani.id, long, { way: "api" }, "2027-01-10T02:00:00.000Z");
    expect((await choose({ nickname: "Ani" })).statusCode).toBe(200);
    expect(await world.stored()).toMatchObject({ ...long, nickname: "Ani" });
  });
});

describe("nickname and birthday", () => {
  test("both are corrected and removed, February 29 too, and are no choice that needs a proof", async () => {
    await choose({ nickname: " Ani ", day: "29", month: "02" });
    expect(await world.stored()).toMatchObject({ nickname: "Ani", birthday: "02-29", version: 2 });
    const page = await open("en");
    expect(page.body).toContain('<option value="29" selected>29</option>');
    expect(page.body).toContain('<option value="02" selected>February</option>');
    await change(world.shop.id, world.ani.id, world.now, (customer) =>
      customer ? { customer: { ...customer, birthYear: 1996 } } : undefined,
    );
    await choose({ nickname: "", day: "", month: "" });
    const after = await world.stored();
    expect(after).not.toHaveProperty("nickname");
    expect(after).not.toHaveProperty("birthday");
    expect(after).not.toHaveProperty("birthYear");
    expect(await proofs()).toEqual([]);
  });

  test.each([
    [{ day: "30", month: "02" }, "Tanggal ini tidak ada di bulan itu.", 'value="30" selected'],
    [{ day: "30" }, "Pilih tanggal dan bulan, atau kosongkan keduanya.", 'value="30" selected'],
    [{ nickname: "Buka bit.ly/x9" }, "Isi nama saja", 'value="Buka bit.ly/x9"'],
    [{ nickname: "x".repeat(61) }, "Nama panggilan paling panjang 60 huruf.", `value="${"x".repeat(61)}"`],
  ])("%j is refused beside the field, and stands there still", async (changes, message, kept) => {
    const page = await choose(changes);
    expect(page.statusCode).toBe(400);
    expect(textOf(page)).toContain(message);
    expect(page.body).toContain(kept);
    expect(page.body).toContain('aria-invalid="true"');
    expect(await world.stored()).toEqual(world.ani);
  });

  test("what is typed is text, whatever it is", async () => {
    const nickname = `"><script>alert('x')</script>`;
    const page = await choose({ nickname });
    expect(page.body).not.toContain("<script>");
    expect(await world.stored()).toMatchObject({ nickname });
  });
});
