import { linkifyit } from "linkify-it";
import tlds from "tlds";
import { beforeAll, describe, expect, test } from "vitest";
import type { Email } from "../../local/services/mailbox.ts";
import { chromiumIsHere, useBrowser } from "../support/browser.ts";
import { useHost } from "../support/host.ts";
import { unseenIn } from "../support/sight.ts";
import { everyKind, story } from "../support/story.ts";
import { mjmlWith, tricks } from "../support/tricks.ts";

// 08:00 in Jakarta.
const host = useHost({ now: "2026-11-24T01:00:00Z" });
const browser = useBrowser();
let shop: { business: string; key: string };
const owner = story(host, () => shop.key);

const bait = "Akun Anda diblokir\n\nBuka bit.ly/x9";
const victims: Record<string, object> = {
  "nickname@example.com": { nickname: bait },
  "name@example.com": { name: bait },
  "both@example.com": { name: "Hub. 0812-3456-7890", nickname: "w\u200bww.evil.com" },
  "turned@example.com": { name: "Ani \u202emoc.live", nickname: "\u2066Ani\u2069\r\nBcc: all@example.com" },
  "dotted@example.com": { name: "Budi Santoso, M.Si" },
};

/** All that a mail program would make a link of in a text, as it would see it. */
const judge = linkifyit().tlds(tlds);
const linksIn = (text: string) => (judge.match(text) ?? []).map(({ url }) => url);

beforeAll(async () => {
  shop = await host.shop({ signUp: { open: true, doubleOptIn: false } });
  await owner.ask("PUT /v1/items/gayo", {
    name: "Kopi Gayo",
    category: "Kopi",
    price: { amount: 2_500_000, currency: "IDR" },
  });
  for (const [email, details] of Object.entries(victims)) {
    await owner.customer({ email, birthday: "11-24", ...details });
    await owner.order(email, "2026-05-01T10:00:00+07:00");
  }
  const rows = 'email,name,nickname,birthday\nfile@example.com,"Menang di evil.com","Klik t.me/x",24/11\n';
  const { uploadUrl } = await owner.ask("POST /v1/imports", {
    kind: "customers",
    format: "csv",
    size: Buffer.byteLength(rows),
    consent: "subscribed",
    legalBasis: "Signed up at the till",
  });
  await fetch(uploadUrl, { method: "PUT", body: rows });
  await host.host.idle();
});

describe("what strangers write in the name of a customer", () => {
  let mails: Email[] = [];
  beforeAll(async () => {
    const { id } = await owner.ask("POST /v1/templates", {
      name: "Sapaan",
      translations: {
        id: { subject: "Halo, {{customer.nickname}} ({{customer.name}})!", mjml: mjmlWith({}) },
      },
    });
    for (const kind of [...everyKind, { kind: "broadcast", template: id, topic: "news" }]) {
      await owner.run(await owner.campaign(kind));
    }
    mails = host.mails();
  });

  test("is in no subject, HTML or text of any mail as a link, a line or a turned word", () => {
    // Who came by the file has bought nothing, and is not won back.
    expect(mails).toHaveLength(5 * 6 - 1);
    for (const { subject, body, destination } of mails) {
      const all = [subject, body.html ?? "", body.text ?? ""].join("\n");
      expect(all, destination.to.join()).not.toMatch(
        /bit\.ly|evil|t\.me|0812|diblokir|\bBcc|[\u200b\u202a-\u202e\u2066-\u2069]/,
      );
      expect(subject).not.toMatch(/\p{Cc}/u);
      expect(linksIn(subject ?? "")).toEqual([]);
      for (const link of linksIn(body.text ?? "")) expect(link.startsWith(host.host.publicUrl)).toBe(true);
    }
  });

  test("gives way to what the customer can be called by", () => {
    const calledAt = (email: string) => host.mails(email).at(-1)?.subject;
    expect(calledAt("nickname@example.com")).toBe("Halo, Kak (Kak)!");
    expect(calledAt("file@example.com")).toBe("Halo, Kak (Kak)!");
    expect(calledAt("turned@example.com")).toBe("Halo, Kak (Kak)!");
    expect(calledAt("dotted@example.com")).toBe("Halo, Budi (Budi Santoso, M. Si)!");
  });

  test("is refused by the form with words for it, and keeps who typed it from nothing else", async () => {
    const join = (nickname: string) =>
      fetch(`${host.host.publicUrl}/join/${shop.business}?lang=en&source=hubungi-0812-3456-7890`, {
        method: "POST",
        body: new URLSearchParams({ email: "citra@example.com", nickname }),
      });
    const refused = await join("Buka bit.ly/x9");
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain(
      "Just a name, please: no web or email address, and no phone number.",
    );
    expect((await join("Citra\u200b")).status).toBe(200);
    await host.host.idle();
    await owner.run(await owner.campaign({ kind: "broadcast", template: "broadcast", topic: "news" }));
    const mail = host.mails("citra@example.com").at(-1);
    expect(mail?.body.text).toContain("Hello, Citra!");
    expect(mail?.body.text).toContain(
      "You get this email because you signed up with Kopi Senja on November 24, 2026.",
    );
  });
});

describe("what owners write in a template", () => {
  const save = (mjml: string) =>
    host.request("POST /v1/templates", {
      key: shop.key,
      body: { name: "Promo", translations: { id: { subject: "Promo", mjml } } },
    });

  test("that runs, leads away or takes a link elsewhere is refused with its place, and nothing is saved", async () => {
    const before = (await owner.ask("GET /v1/templates")).items.length;
    for (const html of [
      '<meta http-equiv="refresh" content="0;url=https://evil.example">',
      "<!---><script>alert(1)</script>-->",
      '<a href="https://{{links.unsubscribe}}.evil.example">Keluar</a>',
      '<img src="https://evil.example/?{{links.unsubscribe}}" alt="">',
    ]) {
      const { status, body } = await save(mjmlWith({ html: `Halo\n${html}` }));
      expect(status, html).toBe(422);
      expect(body.errors[0]).toMatchObject({ field: "translations.id.mjml", line: 2 });
    }
    expect((await owner.ask("GET /v1/templates")).items).toHaveLength(before);
  });

  test.skipIf(!chromiumIsHere)(
    "to hide how one leaves hides nothing of the mail that its readers get",
    { timeout: 120_000 },
    async () => {
      const page = await browser.open(360, { javaScriptEnabled: true });
      for (const name of [
        "hidden by its attribute",
        "in a font of its colour",
        "under a fixed cover",
        "hidden in Outlook",
      ]) {
        const { status, body } = await save(mjmlWith(tricks[name] ?? {}));
        expect(status, name).toBe(201);
        await owner.run(await owner.campaign({ kind: "broadcast", template: body.id, topic: "news" }));
        const { html = "" } = host.mails("dotted@example.com").at(-1)?.body ?? {};
        const linkTo = (kind: string) => new RegExp(`href="([^"]+/${kind}/[^"]+)"`).exec(html)?.[1] ?? "";
        expect(
          await unseenIn(page, html, {
            because: { text: "Kamu menerima email ini karena" },
            address: { text: "Jl. Braga 12" },
            preferences: { link: linkTo("p") },
            unsubscribe: { link: linkTo("u") },
          }),
        ).toEqual([]);
      }
    },
  );
});
