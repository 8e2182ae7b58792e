import { beforeAll, describe, expect, test } from "vitest";
import { useHost } from "../support/host.ts";
import { asItTravels, headersOf } from "../support/mime.ts";
import { story } from "../support/story.ts";

// 08:00 in Jakarta.
const host = useHost({ now: "2026-11-24T01:00:00Z" });
let shop: { business: string; key: string };
const owner = story(host, () => shop.key);
const logoUrl = "https://kopisenja.example/logo.png";

beforeAll(async () => {
  shop = await host.shop({
    name: "Kopi Senja ☕",
    sender: { address: "halo@kopisenja.example", replyTo: "toko@kopisenja.example" },
    brand: { colour: "#7c3f1d", logoUrl },
    websiteUrl: "https://kopisenja.example/",
  });
  await owner.ask("PUT /v1/items/gayo", {
    name: "Kopi Gayo & <Susu>",
    category: "Coffee",
    price: { amount: 2_500_000, currency: "IDR" },
    imageUrl: "https://kopisenja.example/gayo.jpg",
    url: "https://kopisenja.example/gayo?a=1&b=2",
  });
  for (const locale of ["id", "en"]) {
    const email = `${locale}@example.com`;
    await owner.customer({ email, name: "Ani “O'Neil” Ñandú", birthday: "11-24", locale });
    await owner.order(email, "2026-05-01T10:00:00+07:00");
  }
  for (const kind of [
    { kind: "birthday", template: "birthday", topic: "birthday" },
    { kind: "winback", template: "winback", topic: "offers", days: 60 },
    { kind: "new-items", template: "new-items", topic: "news" },
    { kind: "broadcast", template: "broadcast", topic: "news" },
  ]) {
    await owner.run(await owner.campaign({ ...kind, offer: "Gratis satu kopi" }));
  }
});

const kinds = ["birthday", "winback", "new-items", "broadcast"];
const mailOf = (kind: string, locale: string) => {
  const mail = host.mails(`${locale}@example.com`)[kinds.indexOf(kind)];
  if (!mail) throw new Error(`There is no ${kind} in ${locale}`);
  return mail;
};

describe.each(kinds)("the mail of a campaign of the kind %s", (kind) => {
  describe.each(["id", "en"])("in %s", (locale) => {
    test("lets the mail program offer to unsubscribe by one click (RFC 8058 and 2369)", async () => {
      const { raw } = await asItTravels(mailOf(kind, locale));
      const [address, ...others] = headersOf(raw, "List-Unsubscribe");
      expect(others).toEqual([]);
      expect(address).toMatch(/^<https?:\/\/[\x21-\x7e]+\/u\/[\w.~-]+>$/);
      expect(address?.length).toBeLessThanOrEqual(995);
      expect(headersOf(raw, "List-Unsubscribe-Post")).toEqual(["List-Unsubscribe=One-Click"]);
      // The mail's own link is the same, so that both do the same.
      expect(mailOf(kind, locale).body.html).toContain(address?.slice(1, -1));
    });

    test("says who sends it, where answers go and in which language, in headers that every program reads", async () => {
      const { raw, parsed } = await asItTravels(mailOf(kind, locale));
      expect(parsed.from).toMatchObject({ name: "Kopi Senja ☕", address: "halo@kopisenja.example" });
      expect(parsed.replyTo).toMatchObject([{ address: "toko@kopisenja.example" }]);
      expect(parsed.to).toMatchObject([{ address: `${locale}@example.com` }]);
      expect(parsed.subject).toBe(mailOf(kind, locale).subject);
      expect(headersOf(raw, "Content-Type")[0]).toMatch(/^multipart\/alternative/);
      const unfit = (line: string) => line.length > 998 || !/^[\t\x20-\x7e]*$/.test(line);
      expect(raw.split("\r\n").filter(unfit)).toEqual([]);
      expect(raw.indexOf("text/plain")).toBeLessThan(raw.indexOf("text/html"));
      expect(parsed.html).toContain(`<html lang="${locale}"`);
    });

    test("is small, and takes nothing from elsewhere but the shop's pictures, each with words for it", async () => {
      const { raw, parsed } = await asItTravels(mailOf(kind, locale));
      const html = parsed.html ?? "";
      // Gmail hides what comes after some 102 KB.
      expect(Buffer.byteLength(raw)).toBeLessThan(100_000);
      expect(html).not.toMatch(
        /<script|<link|<iframe|<object|<form|@import|@font-face|\bon\w+=|javascript:/i,
      );
      expect(html).not.toMatch(/url\(/i);
      const images = [...html.matchAll(/<img\s[^>]*>/g)].map(([tag]) => tag);
      expect(images.length).toBe(kind === "new-items" ? 2 : 1);
      for (const image of images) expect(image).toMatch(/\balt="[^"]+"/);
      for (const [, target] of html.matchAll(/\bhref="([^"]*)"/g)) expect(target).toMatch(/^https?:\/\//);
    });

    test("has a plain text that reads well by itself", async () => {
      const { parsed } = await asItTravels(mailOf(kind, locale));
      const text = (parsed.text ?? "").replace(/\r\n/g, "\n");
      expect(text).toContain("Ani");
      expect(text).not.toMatch(/<\/?[a-z][^>\n]*>(?<!>)|&(?:amp|lt|gt|#x?\w+|nbsp);|\{\{|undefined|\[object/);
      expect(text).not.toMatch(/\n{3,}|[ \t]\n|<>|\(\)/);
      expect(text.split("\n").filter((line) => line === "").length).toBeGreaterThan(3);
      if (kind === "new-items") expect(text).toContain("Kopi Gayo & <Susu>");
    });

    test("says at its end why it comes, from whom, their postal address, and how to choose, answer or leave", async () => {
      const { parsed } = await asItTravels(mailOf(kind, locale));
      const why =
        locale === "id"
          ? "Kamu menerima email ini karena setuju menerima kabar dari Kopi Senja ☕, yang mencatatnya pada 24 November 2026."
          : "You get this email because you agreed to hear from Kopi Senja ☕, which noted it on November 24, 2026.";
      for (const part of [parsed.text ?? "", parsed.html ?? ""]) {
        const end = part.indexOf(why);
        expect(end).toBeGreaterThan(0);
        expect(part.indexOf("Jl. Braga 12, Bandung 40111, Indonesia")).toBeGreaterThan(end);
        for (const page of ["u", "p", "r"]) {
          expect(part.slice(end)).toContain(`${host.host.publicUrl}/${page}/`);
        }
      }
      // SES must not lead those who leave through its own server, which knows GET only.
      const tracked = [...(parsed.html ?? "").matchAll(/<a(?![^>]*ses:no-track)[^>]*href="([^"]*)"/g)];
      expect(tracked.filter(([, target = ""]) => target.startsWith(host.host.publicUrl))).toEqual([]);
    });
  });
});
