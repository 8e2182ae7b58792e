import fc from "fast-check";
import PostalMime from "postal-mime";
import { describe, expect, test } from "vitest";
import { BusinessSettings } from "../../core/businesses.ts";
import { readableOn } from "../../core/colours.ts";
import { day, number, price } from "../../core/mail/formats.ts";
import { firstName, nameOf, nicknameOf } from "../../core/mail/names.ts";
import { sender } from "../../core/mail/sender.ts";
import { type Variable, variables } from "../../core/mail/variables.ts";

import { aView, kopiSenja } from "./sample.ts";

describe("a customer is called", () => {
  test.each([
    ["Ani Lestari", "Ani"],
    ["BUDI SANTOSO", "Budi"],
    ["siti-nurhaliza", "Siti-Nurhaliza"],
    ["Ibu Sri Wahyuni", "Ibu Sri"],
    ["Dr. H. Ahmad Fauzi", "Dr. H. Ahmad"],
    ["M. Rizky Pratama", "Rizky"],
    ["I Wayan Sudarta", "Wayan"],
    ["Madonna", "Madonna"],
    ["Pak", "Pak"],
    ["12345", ""],
  ])("%s: %s", (name, called) => expect(firstName(name)).toBe(called));

  test("by the nickname, else the first name, else a word that suits anyone in the language", () => {
    expect(nicknameOf({ name: "Ani Lestari", nickname: "Nini" }, "id")).toBe("Nini");
    expect(nicknameOf({ name: "Ani Lestari" }, "id")).toBe("Ani");
    expect(nicknameOf({}, "id")).toBe("Kak");
    expect(nicknameOf({ name: "12345" }, "en")).toBe("friend");
    expect(nameOf({ nickname: "Nini" }, "id")).toBe("Nini");
  });

  test("not by a nickname that tells them to follow a link, whatever line it stands in; the name serves", () => {
    const nickname = "Akun Anda diblokir\n\nBuka bit.ly/x9";
    expect(nicknameOf({ name: "Ani Lestari", nickname }, "id")).toBe("Ani");
    expect(nicknameOf({ nickname }, "id")).toBe("Kak");
    expect(nicknameOf({ nickname: "Hub.\u200b 0812-3456-7890" }, "en")).toBe("friend");
  });

  test("with a degree that no mail program takes for a host, and by the first name before it", () => {
    expect(nameOf({ name: "Dr. Budi Santoso, M.Si" }, "id")).toBe("Dr. Budi Santoso, M. Si");
    expect(nicknameOf({ name: "Dr. Budi Santoso, M.Si" }, "id")).toBe("Dr. Budi");
  });

  test("not by a web address that someone left in a form to have it mailed", () => {
    expect(nicknameOf({ name: "https://evil.example/win", nickname: "WWW.EVIL.COM" }, "id")).toBe("Kak");
    expect(nameOf({ name: "Menang hadiah di evil.com" }, "en")).toBe("friend");
  });
});

test("prices are written as the reader's language writes them", () => {
  const all = (amount: number, currency: string) => [
    price({ amount, currency }, "id"),
    price({ amount, currency }, "en"),
  ];
  expect(all(2_500_000, "IDR")).toEqual(["Rp25.000", "Rp25,000"]);
  expect(all(2_550_050, "IDR")).toEqual(["Rp25.500,50", "Rp25,500.50"]);
  expect(all(1250, "USD")).toEqual(["US$12,50", "$12.50"]);
  expect(all(25_000, "JPY")[1]).toBe("¥25,000");
});

test("days and numbers too", () => {
  expect([day("2026-11-24", "id"), day("2026-11-24", "en")]).toEqual([
    "24 November 2026",
    "November 24, 2026",
  ]);
  expect([number(1234.5, "id"), number(1234.5, "en")]).toEqual(["1.234,5", "1,234.5"]);
});

test("attributes are written by their type", () => {
  expect({ ...aView().customer.attributes }).toEqual({
    favourite: "Kopi tubruk",
    joined: "2 Maret 2024",
    points: "1.234,5",
    member: "ya",
  });
});

test("text on the brand's colour is the one of black and white that reads better", () => {
  expect(["#0f766e", "#7c3f1d", "#f5c542", "#ffffff"].map(readableOn)).toEqual([
    "#ffffff",
    "#ffffff",
    "#111827",
    "#111827",
  ]);
});

test("the variables that templates may use are those that a view holds", () => {
  const shapeOf = (variable: Variable | undefined): unknown => {
    if (typeof variable !== "object") return variable === "attributes" ? "attributes" : "text";
    const fields = "fields" in variable ? variable.fields : variable.list;
    return Object.fromEntries(Object.entries(fields).map(([name, inner]) => [name, shapeOf(inner)]));
  };
  const { customer, business, items, links, ...texts } = aView();
  const texted = (one: object) => Object.fromEntries(Object.keys(one).map((name) => [name, "text"]));
  expect(shapeOf({ fields: variables })).toEqual({
    ...texted(texts),
    customer: { ...texted(customer), attributes: "attributes" },
    business: texted(business),
    items: texted(items[0] ?? {}),
    links: texted(links),
  });
});

describe("the sender", () => {
  test("is written with the shop's name, and answers go where the owner reads them", () => {
    expect(sender(kopiSenja)).toEqual({ FromEmailAddress: '"Kopi Senja" <halo@kopisenja.example>' });
    expect(
      sender({
        ...kopiSenja,
        sender: { ...kopiSenja.sender, name: "Budi\\Co", replyTo: "tanya@kopisenja.example" },
      }),
    ).toEqual({
      FromEmailAddress: '"Budi\\\\Co" <halo@kopisenja.example>',
      ReplyToAddresses: ["tanya@kopisenja.example"],
    });
  });

  test("is one address, under any name that a business may have, to whoever reads the header", async () => {
    const name = fc.oneof(
      fc.string({ unit: "binary", maxLength: 100 }),
      fc.string({ unit: "grapheme-ascii" }),
    );
    const settings = { address: "halo@kopisenja.example" };
    await fc.assert(
      fc.asyncProperty(name, async (written) => {
        const accepted = BusinessSettings.shape.name.safeParse(written);
        if (!accepted.success) return;
        const { FromEmailAddress } = sender({ ...kopiSenja, name: accepted.data, sender: settings });
        expect(FromEmailAddress).toMatch(/^[\x20-\x7e]+ <halo@kopisenja\.example>$/);
        const { from, headers } = await PostalMime.parse(`From: ${FromEmailAddress}\r\n\r\n`);
        expect(headers.map(({ key }) => key)).toEqual(["from"]);
        expect(from?.address).toBe("halo@kopisenja.example");
        expect(accepted.data).not.toMatch(/[\p{Cc}\p{Bidi_Control}\u200b\u2060]/u);
      }),
    );
  });

  test("with letters beyond ASCII is written in encoded words, none of which cuts a letter", () => {
    const name = "Warung Bu Ñati ☕ ".repeat(5).trim();
    const { FromEmailAddress } = sender({ ...kopiSenja, name });
    const words = [...FromEmailAddress.matchAll(/=\?UTF-8\?B\?([^?]+)\?=/g)];
    expect(words.every(([word]) => word.length <= 75)).toBe(true);
    expect(words.map(([, text = ""]) => Buffer.from(text, "base64").toString()).join("")).toBe(name);
    expect(FromEmailAddress).toMatch(/^[\x20-\x7e]+ <halo@kopisenja\.example>$/);
  });
});
