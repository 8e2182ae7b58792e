import { beforeAll, describe, expect, test } from "vitest";
import { contrast } from "../../core/colours.ts";
import { chromiumIsHere, forAxe, overflow, useBrowser, violations, widths } from "../support/browser.ts";
import { useHost } from "../support/host.ts";
import { asItTravels, expectFit, expectReadable, headersOf, trackedIn } from "../support/mime.ts";
import { everyKind, story } from "../support/story.ts";

// 08:00 in Jakarta.
const host = useHost({ now: "2026-11-24T01:00:00Z" });
let shop: { business: string; key: string };
const owner = story(host, () => shop.key);
const logoUrl = "https://kopisenja.example/logo.png";

const settings = {
  name: "Kopi Senja ☕",
  sender: { address: "halo@kopisenja.example", replyTo: "toko@kopisenja.example" },
  brand: { colour: "#7c3f1d", logoUrl },
  websiteUrl: "https://kopisenja.example/",
};

beforeAll(async () => {
  shop = await host.shop({ ...settings, signUp: { open: true, doubleOptIn: true } });
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
  for (const kind of everyKind) {
    await owner.run(await owner.campaign({ ...kind, offer: "Gratis satu kopi" }));
  }
  // Where who signs up need not confirm.
  const trusting = await host.shop({ ...settings, signUp: { open: true, doubleOptIn: false } });
  for (const locale of ["id", "en"]) {
    await join(shop.business, `new-${locale}@example.com`, locale);
    await join(trusting.business, `welcome-${locale}@example.com`, locale);
    await join(shop.business, `${locale}@example.com`, locale);
    await host.host.idle();
    const link = /https?:\/\/\S+\/r\/[\w.~-]+/.exec(mailOf("broadcast", locale).body.text ?? "")?.[0] ?? "";
    await post(link, { stars: "2", words: "Dingin & <pahit>\r\nsekali" });
  }
  for (const { id } of (await owner.ask("GET /v1/responses")).items) {
    await owner.ask(`POST /v1/responses/${id}/answer`, {
      text: "Maaf!\n\nGelas berikutnya 100% dari kami <3",
    });
  }
  await host.host.idle();
});
const post = (url: string, fields: Record<string, string>) =>
  fetch(url, { method: "POST", body: new URLSearchParams(fields) });
const join = (business: string, email: string, locale: string) =>
  post(`${host.host.publicUrl}/join/${business}?lang=${locale}`, { email });

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
      const { parsed } = await asItTravels(mailOf(kind, locale));
      expect(parsed.from).toMatchObject({ name: "Kopi Senja ☕", address: "halo@kopisenja.example" });
      expect(parsed.replyTo).toMatchObject([{ address: "toko@kopisenja.example" }]);
      expect(parsed.to).toMatchObject([{ address: `${locale}@example.com` }]);
      expect(parsed.subject).toBe(mailOf(kind, locale).subject);
      expect(parsed.html).toContain(`<html lang="${locale}"`);
    });

    test("is small, and takes nothing from elsewhere but the shop's pictures, each with words for it", async () => {
      expectFit(await asItTravels(mailOf(kind, locale)), kind === "new-items" ? 2 : 1);
    });

    test("has a plain text that reads well by itself", async () => {
      const { parsed } = await asItTravels(mailOf(kind, locale));
      const text = (parsed.text ?? "").replace(/\r\n/g, "\n");
      expect(text).toContain("Ani");
      expectReadable(text);
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
      expect(trackedIn(parsed.html ?? "").filter((to) => to.startsWith(host.host.publicUrl))).toEqual([]);
    });
  });
});

/** Each kind of letter: to whom it went, which of their mails it is, and what it must hold. */
const letters = {
  confirmation: { to: "new-", at: 0, leads: ["c"], leaves: false, auto: true },
  "already-subscribed": { to: "", at: 4, leads: ["p", "u"], leaves: true, auto: true },
  welcome: { to: "welcome-", at: 0, leads: ["p", "u"], leaves: true, auto: true },
  answer: { to: "", at: 5, leads: ["p"], leaves: false, auto: false },
};

describe.each(Object.entries(letters))(
  "the letter of the kind %s",
  (kind, { to, at, leads, leaves, auto }) => {
    describe.each(["id", "en"])("in %s", (locale) => {
      const travelled = () => {
        const address = `${to}${locale}@example.com`;
        const mail = host.mails(address).filter(({ destination }) => destination.to[0] === address)[at];
        if (!mail) throw new Error(`There is no ${kind} in ${locale}`);
        return asItTravels(mail);
      };

      test("has the headers that fit it, and none that don't", async () => {
        const { raw, parsed } = await travelled();
        expect(parsed.from).toMatchObject({ name: "Kopi Senja ☕", address: "halo@kopisenja.example" });
        expect(parsed.replyTo).toMatchObject([{ address: "toko@kopisenja.example" }]);
        expect(parsed.to).toMatchObject([{ address: `${to}${locale}@example.com` }]);
        expect(parsed.subject).toContain("Kopi Senja ☕");
        // RFC 3834: a program wrote it, so that none answers. An owner's own answer is by hand.
        expect(headersOf(raw, "Auto-Submitted")).toEqual(auto ? ["auto-replied"] : []);
        // Who is not subscribed has nothing to leave.
        expect(headersOf(raw, "List-Unsubscribe-Post")).toEqual(leaves ? ["List-Unsubscribe=One-Click"] : []);
        expect(headersOf(raw, "List-Unsubscribe")).toHaveLength(leaves ? 1 : 0);
        for (const address of headersOf(raw, "List-Unsubscribe")) {
          expect(address).toMatch(/^<https?:\/\/[\x21-\x7e]+\/u\/[\w.~-]+>$/);
          expect(parsed.html).toContain(address.slice(1, -1));
        }
      });

      test("is small and in its reader's language, and takes nothing from elsewhere but the shop's logo", async () => {
        const letter = await travelled();
        expectFit(letter, 1);
        expect(letter.parsed.html).toContain(`<html lang="${locale}"`);
        // No link of a letter is led through SES's own server.
        expect(trackedIn(letter.parsed.html ?? "")).toEqual([]);
      });

      test("says in both parts what it is about, why it comes, from whom, and where to", async () => {
        const { parsed } = await travelled();
        const text = (parsed.text ?? "").replace(/\r\n/g, "\n");
        if (kind === "answer") {
          expect(text).toContain("> ★★☆☆☆\n> Dingin & <pahit>\n> sekali");
          expect(parsed.html).toContain("Dingin &amp; &lt;pahit&gt;");
          expect(text).toContain("Maaf!\n\nGelas berikutnya 100% dari kami <3");
        } else expectReadable(text);
        const why = locale === "id" ? "Email ini dikirim " : "You get this email ";
        for (const part of [text, parsed.html ?? ""]) {
          expect(part.indexOf("Jl. Braga 12, Bandung 40111, Indonesia")).toBeGreaterThan(part.indexOf(why));
          expect(part).toContain(why);
          const pages = [...part.matchAll(/https?:\/\/[^\s"/]+\/([uprc])\/[\w.~-]+/g)].map(
            ([, page]) => page,
          );
          expect([...new Set(pages)].sort()).toEqual(leads);
        }
      });
    });
  },
);

describe.skipIf(!chromiumIsHere)("in a browser, as mail programs show it", { timeout: 60_000 }, () => {
  const browser = useBrowser();
  // What WCAG asks for; the rest of axe's rules are about pages of a site.
  const wcag = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

  /** The colours of each picture's words and of what they stand on, `rgb(124, 63, 29)`. */
  const wordsOfPictures = `[...document.images].map((image) => {
    const groundOf = (one) => one ? getComputedStyle(one).backgroundColor : "rgb(255, 255, 255)";
    let under = image;
    while (under && groundOf(under) === "rgba(0, 0, 0, 0)") under = under.parentElement;
    return [getComputedStyle(image).color, groundOf(under)];
  })`;
  const hex = (rgb: string) =>
    `#${(rgb.match(/\d+/g) ?? []).map((part) => Number(part).toString(16).padStart(2, "0")).join("")}`;

  test("every mail fits a phone and a desktop, and is as accessible as WCAG wants", async () => {
    const page = await browser.open(375, forAxe);
    await page.route("https://kopisenja.example/**", (route) => route.abort());
    for (const { subject, body } of host.mails()) {
      await page.setContent(body.html ?? "", { waitUntil: "domcontentloaded" });
      for (const width of widths) {
        await page.setViewportSize({ width, height: 900 });
        expect(await overflow(page), subject).toBe(0);
      }
      expect(await violations(page, wcag), subject).toEqual([]);
      // Many programs show a picture's words in its place, which axe does not look at.
      for (const [ink, ground] of (await page.evaluate(wordsOfPictures)) as [string, string][]) {
        expect(contrast(hex(ink), hex(ground)), subject).toBeGreaterThanOrEqual(4.5);
      }
    }
  });
});
