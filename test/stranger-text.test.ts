import fc from "fast-check";
import { linkifyit } from "linkify-it";
import { find } from "linkifyjs";
import tlds from "tlds";
import { describe, expect, test } from "vitest";
import { holdsLink, printableName, quotable } from "../core/stranger-text.ts";
import { tidyName } from "../core/visible-text.ts";

/** Two libraries that make links as mail programs do, for every top-level domain there is: the judges of these tests. */
const judge = linkifyit().tlds(tlds).set({ fuzzyIP: true, fuzzyLink: true, fuzzyEmail: true });
const linksSeenIn = (text: string): string[] => [
  ...(judge.match(text) ?? []).map(({ raw }) => raw),
  ...find(text).map(({ value }) => value),
];

const names = [
  "Ani",
  "Ani Lestari",
  "D'Angelo",
  "Ng. Dewi",
  "O’Brien-Smith",
  "Moh. Ali, S.E.",
  "St.John",
  "Siti Nur'aini",
  "H. M. Yusuf",
  "Drs. Bambang (Pak Lurah)",
  "Budi & Ani",
  "Toko 24",
  "Rizky99",
  "J. R. R. Tolkien",
  "María-José Ñandú",
  "Nguyễn Thị Hương",
  "Þórður Ægisson",
  "Ελένη Παπαδοπούλου",
  "Анна Петровна",
  "محمد علی‌پور",
  "עֲדִינָה כהן",
  "王小明",
  "山田　太郎",
  "葛\u{e0100}城",
  "김민준",
  "สมชาย ใจดี",
  "क्‍षितिज शर्मा",
  "ശ്രീ‌കുമാർ",
  "မြွှေး",
  "ꦲꦏ꧀ꦱꦫ",
  "👨‍👩‍👧‍👦 Keluarga Budi",
  "❤️ Ani",
  "👍🏽 Budi",
  "🏴󠁧󠁢󠁥󠁮󠁧󠁿 Harry",
  "1️⃣ Ani",
];

describe("a name from outside", () => {
  test.each(names)("%s is kept and printed as it was written", (name) => {
    expect(tidyName(name)).toBe(name);
    expect(printableName(name)).toBe(name);
    expect(holdsLink(name)).toBe(false);
    expect(quotable(name)).toBe(name);
  });

  test("of letters of any script, with the signs that names have, is kept and printed as it was written", () => {
    const letters = fc.stringMatching(/^\p{Lu}\p{Ll}{1,11}$/u);
    const part = fc.oneof(
      { weight: 4, arbitrary: letters },
      fc.tuple(letters, fc.constantFrom("'", "’", "-"), letters).map((parts) => parts.join("")),
      fc.stringMatching(/^[A-Z]\.$/),
      fc.stringMatching(/^(?:\p{sc=Arab}|\p{sc=Thai}|\p{sc=Deva}|\p{sc=Hang}){1,8}$/u),
    );
    const sound = fc
      .array(part, { minLength: 1, maxLength: 4 })
      .map((parts) => parts.join(" "))
      // Letters that can't be seen and heaps of marks are no name's; nor is a number as long as a phone's.
      .filter((name) => !/\p{Default_Ignorable_Code_Point}|\p{M}{9}|(?:\p{Nd}.?){7}|\p{Cn}/u.test(name));
    fc.assert(
      fc.property(sound, (name) => {
        expect(tidyName(name)).toBe(name.trim());
        expect(printableName(name)).toBe(name.trim());
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ["Akun Anda diblokir\n\nBuka bit.ly/x9", "Akun Anda diblokir Buka bit.ly/x9"],
    ["bi\u200bt.l\u2060y", "bit.ly"],
    ["moc.live\u202e", "moc.live"],
    ["https://evil.example/win", "https://evil.example/win"],
    ["WWW.EVIL.COM", "WWW.EVIL.COM"],
    ["Menang di evil.com", "Menang di evil.com"],
    ["ｅｖｉｌ．ｃｏｍ", "ｅｖｉｌ．ｃｏｍ"],
    ["evil。com", "evil。com"],
    ["𝐞𝐯𝐢𝐥.𝐜𝐨𝐦", "𝐞𝐯𝐢𝐥.𝐜𝐨𝐦"],
    ["hadiah.рф", "hadiah.рф"],
    ["T.Me/Promo", "T.Me/Promo"],
    ["mailto:cs@evil", "mailto:cs@evil"],
    ["cs@evil.example", "cs@evil.example"],
    ["Hub. 0812-3456-7890", "Hub. 0812-3456-7890"],
    ["+62 (812) 345 678", "+62 (812) 345 678"],
    ["0️8️1️2️3️4️5️", "0️8️1️2️3️4️5️"],
    ["\\\\evil\\share", "\\\\evil\\share"],
  ])("%j is bait: it is refused in a form, and nothing of it is printed", (bait, kept) => {
    expect(tidyName(bait)).toBe(kept);
    expect(holdsLink(bait)).toBe(true);
    expect(printableName(bait)).toBeUndefined();
    expect(quotable(bait)).toContain("[…]");
  });

  test.each([
    ["Budi Santoso, M.Si", "Budi Santoso, M. Si"],
    ["Budi Santoso,M.Si.", "Budi Santoso,M. Si."],
    ["siti, s.pd.sd", "siti, s. pd. sd"],
    ["Dr.Kim", "Dr. Kim"],
    ["Evil.Com", "Evil. Com"],
  ])("%s, which only lacks a space, gets one where it is printed", (name, printed) => {
    expect(holdsLink(name)).toBe(false);
    expect(tidyName(name)).toBe(name);
    expect(printableName(name)).toBe(printed);
  });

  test("never is a link, of more than one line or turned around, however it is put together", () => {
    const fragments = fc.constantFrom(
      ..."bit ly evil com co.id www Www http https :// : / @ . .. 。 ． ․ - _ 0812 345 6789 + ( ) , ' M Si S Ag Kim me рф 中国 xn--p1ai mailto: tel: ? # = & A é \u200b \u200d \u202e \u2066 \n \r\n \t \u2028 \u0000 \u00ad \ufeff ﹒ ℀ ⒈ 𝐛 ｗ ٠١٢٣٤٥٦ 👍 \ufe0f".split(
        " ",
      ),
      " ",
    );
    const text = fc.oneof(
      { weight: 6, arbitrary: fc.array(fragments, { maxLength: 12 }).map((parts) => parts.join("")) },
      fc.webUrl(),
      fc.emailAddress(),
      fc.domain(),
      fc.ipV4(),
      fc.string({ unit: "binary", maxLength: 30 }),
    );
    const around = fc.constantFrom("", "Halo ", "Ani ", "(", "«");
    fc.assert(
      fc.property(around, text, around, (before, bait, after) => {
        const written = before + bait + after;
        const printed = printableName(written) ?? "";
        const quoted = quotable(written);
        expect(linksSeenIn(printed)).toEqual([]);
        expect(linksSeenIn(quoted)).toEqual([]);
        expect(printed).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\u200b\u2060\ufeff\u00ad]/u);
        expect(quoted).not.toMatch(/[^\P{Cc}\n]|[\p{Zl}\p{Zp}\p{Bidi_Control}\u200b\u2060\ufeff\u00ad]/u);
        expect(printableName(printed) ?? "").toBe(printed);
        expect(tidyName(tidyName(written))).toBe(tidyName(written));
      }),
      { numRuns: 3000 },
    );
  });

  test("is read in no time, whatever it is made of", () => {
    for (const attack of ["1 ", "(", "a.", "A.", "@", "\u200d", "e\u0301", "-", ":", "www."]) {
      const begun = performance.now();
      printableName(attack.repeat(100_000));
      quotable(attack.repeat(100_000));
      expect(performance.now() - begun).toBeLessThan(1000);
    }
  });
});

describe("what customers say", () => {
  test("keeps its lines, days, prices and all that is no link where it is quoted", () => {
    const said =
      "Enak sekali!\nPesanan 24/11/2026 seharga Rp1.250.000, jam 10.30 di Jl. Braga 12.\n\nTerima kasih :)";
    expect(quotable(said)).toBe(said);
    expect(quotable("a\r\n\r\n\r\n\r\nb\u2028c")).toBe("a\n\nb\nc");
  });

  test("is quoted with nothing that can be followed or called", () => {
    expect(
      quotable("Buka bit.ly/x9 (atau www.evil.com), tulis ke cs@evil.com, telepon +62 812 3456 7890!"),
    ).toBe("Buka […] (atau […] tulis ke […] telepon […]");
  });
});
