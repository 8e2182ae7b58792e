import { ScanCommand } from "@aws-sdk/lib-dynamodb";
import type { Context } from "aws-lambda";
import { beforeEach, expect, test, vi } from "vitest";
import { restrict } from "../core/customers/restrict.ts";
import * as customers from "../core/customers.ts";
import { documents, tableName } from "../core/store.ts";
import { suppress } from "../core/suppressions.ts";
import { addSeconds } from "../core/time.ts";
import { handler } from "../functions/send-letters.ts";
import { forgetLimits } from "./support/limits.ts";
import { form, press, textOf, useAni, visit } from "./support/links.ts";
import { type SentMail, useSes } from "./support/ses.ts";

vi.hoisted(() => {
  process.env.POWERTOOLS_LOG_LEVEL = "SILENT";
});

const world = useAni();
const ses = useSes();
const email = "ani.lestari@gmail.com";
const evidence = { way: "api" as const };
type Button = "mail-preferences" | "mail-export" | "mail-erasure";

const at = (time: string) => {
  vi.setSystemTime(time);
};
beforeEach(async () => {
  at(world.now);
  await forgetLimits();
});

const ask = (button: Button = "mail-export", lang = "en", customer = world.ani) =>
  visit(world.pathOf("preferences", customer), { ...form([["action", button]]), lang });

const invoke = (detail: unknown) =>
  handler({ "detail-type": "link.requested", detail }, {
    getRemainingTimeInMillis: () => 60_000,
  } as Context);

/** Does what the pages asked for, `times` over, as EventBridge may. */
async function deliver(times = 1): Promise<void> {
  const raised = world.bus.events.filter(({ type }) => type === "link.requested");
  world.bus.events.length = 0;
  for (const { detail } of raised) for (let time = 0; time < times; time++) await invoke(detail);
}
const pathIn = (kind: "p" | "d" | "e", mail: SentMail | undefined = ses.mails.at(-1)) =>
  new URL(new RegExp(`https://links\\.example/${kind}/[\\w.~-]+`).exec(mail?.text ?? "")?.[0] ?? "none:")
    .pathname;

test.each([
  ["mail-export", "en", "Your data at Kopi Senja", "one hour", "d", "Your data"],
  ["mail-export", "id", "Data Anda di Kopi Senja", "satu jam", "d", "Data Anda"],
  ["mail-erasure", "en", "Erase your data at Kopi Senja", "one hour", "e", "Erase all your data?"],
  ["mail-erasure", "id", "Hapus data Anda di Kopi Senja", "satu jam", "e", "Hapus semua data Anda?"],
  [
    "mail-preferences",
    "en",
    "A new link to your email preferences at Kopi Senja",
    "90 days",
    "p",
    "Email preferences",
  ],
  [
    "mail-preferences",
    "id",
    "Tautan baru untuk mengatur email dari Kopi Senja",
    "90 hari",
    "p",
    "Preferensi email",
  ],
] as const)(
  "%s, in %s: the letter goes to the customer's address, and its link opens what was asked for",
  async (button, locale, subject, term, kind, title) => {
    await customers.update(world.shop, world.ani.id, { details: { locale }, evidence }, world.now);
    await ask(button);
    await deliver();
    expect(ses.mails).toMatchObject([{ to: email, subject, tags: { letter: `${button.slice(5)}-link` } }]);
    for (const part of [ses.mails[0]?.html, ses.mails[0]?.text]) {
      expect(part).toContain(term);
      expect(part).toContain("Jl. Kemang Raya 12, Jakarta 12730");
      expect(part).not.toMatch(/ani\.lestari/);
    }
    expect(textOf(await visit(pathIn(kind)))).toContain(title);
  },
);

test("the link that comes shows all data, or erases it, by a button", async () => {
  await ask("mail-export");
  await ask("mail-erasure");
  await deliver();
  const [seeing, erasing] = [pathIn("d", ses.mails[0]), pathIn("e", ses.mails[1])];
  expect(textOf(await visit(seeing, press(await visit(seeing), "see-data")))).toContain(email);
  const page = await visit(erasing, press(await visit(erasing), "erase-now"));
  expect(textOf(page)).toContain("Data Anda sudah dihapus");
  expect(await customers.find(world.shop.id, world.ani.id)).toBeUndefined();
});

test("it goes to the address that the customer has now, whichever one's link asked for it", async () => {
  await customers.update(
    world.shop,
    world.ani.id,
    { details: { email: "ani@kantor.example" }, evidence },
    world.now,
  );
  // The page that is behind the old link now does not offer it; a page from before may still post it.
  for (const button of ["mail-preferences", "mail-export", "mail-erasure"] as const) await ask(button);
  await deliver();
  expect(ses.mails.map(({ to }) => to)).toEqual(Array(3).fill("ani@kantor.example"));
});

test("the page says the same, to the byte, whoever asks and whether or not a letter goes out", async () => {
  const gone = await world.subscriber("budi@example.com");
  const bounced = await world.subscriber("citra@example.com");
  const often = await world.subscriber("dewi@example.com");
  await customers.update(
    world.shop,
    gone.id,
    { details: { email: null, externalId: "B-1" }, evidence },
    world.now,
  );
  await suppress(world.shop.id, "citra@example.com", "bounce", world.now);
  for (let count = 0; count < 12; count++) await ask("mail-export", "en", often);
  world.bus.events.length = 0;
  const pages = [];
  for (const customer of [world.ani, gone, bounced, often])
    pages.push(await ask("mail-export", "en", customer));
  expect(new Set(pages.map((page) => JSON.stringify(page))).size).toBe(1);
  expect(textOf(pages[0] ?? {})).toContain(
    "If Kopi Senja has an email address of yours, the link is on its way there",
  );
  expect(textOf(pages[0] ?? {})).toContain("tanya@kopisenja.example");
  await deliver();
  expect(ses.mails.map(({ to }) => to)).toEqual([email]);
});

test("it comes once however often its event does, at once or one after the other", async () => {
  await ask();
  const [{ detail } = { detail: {} }] = world.bus.events;
  await Promise.all([1, 2, 3, 4].map(() => invoke(detail)));
  await deliver(3);
  expect(ses.mails).toHaveLength(1);
});

test("it is tried again when SES did not take it, as often as that takes, and then comes once", async () => {
  ses.refusing(12, "TooManyRequestsException");
  await ask();
  const [{ detail } = { detail: {} }] = world.bus.events;
  for (let time = 0; time < 12; time++) {
    await expect(invoke(detail)).rejects.toThrow("SES did not take the letter");
  }
  await deliver(2);
  expect(ses.mails).toHaveLength(1);
});

test("it does not come when nobody waits for it any more", async () => {
  await ask();
  at(addSeconds(world.now, 3601));
  await deliver();
  expect(ses.mails).toEqual([]);
});

test("a customer gets five of them an hour and ten a day, of all kinds together", async () => {
  const hammer = async () => {
    for (const button of ["mail-preferences", "mail-export", "mail-erasure"] as const) {
      for (let count = 0; count < 4; count++) await ask(button);
    }
    await deliver();
    return ses.mails.length;
  };
  expect(await hammer()).toBe(5);
  expect(await hammer()).toBe(5);
  at(addSeconds(world.now, 3600));
  expect(await hammer()).toBe(10);
  at(addSeconds(world.now, 7200));
  expect(await hammer()).toBe(10);
  at(addSeconds(world.now, 24 * 3600));
  expect(await hammer()).toBe(15);
});

test("one mailbox gets eight an hour from all shops, however its address is spelt", async () => {
  for (const spelling of ["ani@example.com", "ani+a@example.com", "ani+b@example.com", "ani+c@example.com"]) {
    const customer = await world.subscriber(spelling);
    for (let count = 0; count < 3; count++) await ask("mail-export", "en", customer);
    await deliver();
    await world.shopOf({});
  }
  expect(ses.mails).toHaveLength(8);
  const budi = await world.subscriber("budi@example.com");
  await ask("mail-export", "en", budi);
  await deliver();
  expect(ses.mails.at(-1)?.to).toBe("budi@example.com");
});

test("whoever gets no other mail gets this one, as they have the same rights", async () => {
  await customers.unsubscribe(world.shop.id, world.ani.id, { way: "link" }, world.now);
  await suppress(world.shop.id, email, "complaint", world.now);
  await restrict({ business: world.shop.id, id: world.ani.id, evidence }, world.now);
  await ask();
  await deliver();
  expect(ses.mails).toMatchObject([{ to: email }]);
});

test("the limits keep no address of anyone", async () => {
  await ask();
  await deliver();
  const { Items = [] } = await documents.send(new ScanCommand({ TableName: tableName("limits") }));
  expect(Items.length).toBeGreaterThan(3);
  expect(JSON.stringify(Items)).not.toMatch(/lestari|gmail/);
});
