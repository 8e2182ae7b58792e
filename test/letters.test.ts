import type { Context } from "aws-lambda";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Business } from "../core/businesses.ts";
import * as consents from "../core/consents.ts";
import { restrict } from "../core/customers/restrict.ts";
import * as customers from "../core/customers.ts";
import { newId } from "../core/ids.ts";
import { signConfirmation } from "../core/links.ts";
import { derive } from "../core/secrets.ts";
import * as signUps from "../core/sign-ups.ts";
import { suppress } from "../core/suppressions.ts";
import { handler } from "../functions/send-letters.ts";
import { useBus } from "./support/bus.ts";
import { useDatabase } from "./support/database.ts";
import { useKeys } from "./support/keys.ts";
import { forgetLimits } from "./support/limits.ts";
import { form, secret, textOf, visit } from "./support/links.ts";
import { useSes } from "./support/ses.ts";
import { aBusiness, saveBusiness } from "./support/shop.ts";

vi.hoisted(() => {
  process.env.POWERTOOLS_LOG_LEVEL = "SILENT";
});

useDatabase();
const bus = useBus();
const ses = useSes();
useKeys(secret);

const now = "2026-11-24T02:00:00.000Z";
const email = "ani.lestari@gmail.com";
let shop: Business;

beforeEach(async () => {
  at(now);
  shop = await saveBusiness(aBusiness());
  await forgetLimits();
});
const at = (time: string) => vi.useFakeTimers({ now: new Date(time), toFake: ["Date"] });

const submit = (fields: Record<string, string> = {}, query: Record<string, string> = {}) =>
  visit(`/join/${shop.id}`, { ...form(Object.entries({ email, ...fields })), query });

/** Does what the events that the form raised ask for, `times` over, as EventBridge may. */
async function deliver(times = 1) {
  const raised = bus.events.filter(({ type }) => type === "sign-up.requested");
  bus.events.length = 0;
  for (const { type, detail } of raised) {
    for (let time = 0; time < times; time++) await invoke(type, detail);
  }
}
const invoke = (type: string, detail: unknown) =>
  handler({ "detail-type": type, detail }, { getRemainingTimeInMillis: () => 60_000 } as Context);

async function add(consent: customers.Consent, details: customers.DetailsPatch = {}) {
  const evidence = { way: "api" as const };
  const { customer } = await customers.upsert(shop, { details: { email, ...details }, evidence }, now);
  return customers.update(shop, customer.id, { consent, evidence }, now);
}
const known = () => customers.findBy(shop, { email });
const single = async () => {
  shop = await saveBusiness(aBusiness({ signUp: { open: true, doubleOptIn: false } }));
};
const pathIn = (kind: string, mail = ses.mails.at(-1)) =>
  new URL(new RegExp(`https://links\\.example/${kind}/[\\w.~-]+`).exec(mail?.text ?? "")?.[0] ?? "none:")
    .pathname;
const press = (path: string) => visit(path, form([["confirm", "yes"]]));

describe("the letter that answers a sign-up", () => {
  test("asks an unknown address to confirm, in the form's language, says who writes and why, and repeats nothing typed", async () => {
    await submit({ nickname: "Your Prize Waits" }, { lang: "en" });
    await deliver();
    const [mail, ...others] = ses.mails;
    expect(others).toEqual([]);
    expect(mail).toMatchObject({
      to: email,
      from: '"Kopi Senja" <halo@kopisenja.example>',
      subject: "One more click to get emails from Kopi Senja",
      configurationSet: "Sapa",
      tags: { business: shop.id, letter: "confirmation" },
    });
    for (const part of [mail?.html, mail?.text]) {
      expect(part).toContain("your address was filled in on the sign-up form of Kopi Senja");
      expect(part).toContain("Was it not you? Just ignore this email.");
      expect(part).toContain("Jl. Kemang Raya 12, Jakarta 12730");
      expect(part).toMatch(/https:\/\/links\.example\/c\/[\w.-]+/);
      expect(part).not.toContain("Prize");
    }
    expect(mail?.html).toContain('<html lang="en"');
    expect(mail?.html).not.toMatch(/<script|<link|<style|\{\{/);
    expect(await known()).toBeUndefined();
  });

  test("is the same for someone whose consent is pending, and for someone who had unsubscribed", async () => {
    await submit();
    await deliver();
    const [first] = ses.mails;
    for (const consent of ["pending", "unsubscribed"] as const) {
      shop = await saveBusiness(aBusiness());
      const before = await add(consent);
      await submit();
      await deliver();
      expect(ses.mails.at(-1)?.subject).toBe(first?.subject);
      expect(await known()).toEqual(before);
    }
  });

  test("tells someone who is subscribed that they are, with a way to choose, and changes nothing", async () => {
    const before = await add("subscribed");
    await submit({ nickname: "Mallory" });
    await deliver();
    expect(ses.mails).toMatchObject([{ to: email, tags: { letter: "already-subscribed" } }]);
    expect(ses.mails[0]?.headers["List-Unsubscribe"]).toMatch(/^<https:\/\/links\.example\/u\/.+>$/);
    expect(textOf(await visit(pathIn("p")))).toContain("Preferensi email");
    expect(await known()).toEqual(before);
  });

  test("goes to no address whose mail was stopped, and to nobody whose data is restricted", async () => {
    await suppress(shop.id, email, "complaint", now);
    const { id } = await add("subscribed", { email: "budi@example.com" });
    await restrict({ business: shop.id, id, evidence: { way: "api" } }, now);
    await submit();
    await submit({ email: "budi@example.com" });
    await deliver();
    expect(ses.mails).toEqual([]);
  });

  test("is sent once however often its event comes, at once or one after the other", async () => {
    await submit();
    const [{ detail } = { detail: {} }] = bus.events;
    await Promise.all([1, 2, 3, 4].map(() => invoke("sign-up.requested", detail)));
    await deliver(3);
    expect(ses.mails).toHaveLength(1);
  });

  test("comes again when the form is sent again, but not within five minutes, nor more than three times an hour and five a day", async () => {
    const times = [
      "02:00:00",
      "02:01:00",
      "02:04:59",
      "02:05:00",
      "02:20:00",
      "02:40:00",
      "03:00:00",
      "03:20:00",
    ];
    const counts = [];
    for (const time of times) {
      at(`2026-11-24T${time}.000Z`);
      await submit();
      await deliver();
      counts.push(ses.mails.length);
    }
    expect(counts).toEqual([1, 1, 1, 2, 3, 3, 4, 5]);
    at("2026-11-25T02:00:00.000Z");
    await submit();
    await deliver();
    expect(ses.mails).toHaveLength(6);
  });

  test("is tried again when SES did not take it, and then sent once", async () => {
    ses.refusing(1, "TooManyRequestsException");
    await submit();
    const [{ detail } = { detail: {} }] = bus.events;
    await expect(invoke("sign-up.requested", detail)).rejects.toThrow("SES did not take the letter");
    await deliver(2);
    expect(ses.mails).toHaveLength(1);
  });

  test("is not repeated when SES may have taken it, nor when SES refuses the address for good", async () => {
    ses.refusing(1, "lost");
    await submit();
    const [{ detail } = { detail: {} }] = bus.events;
    await expect(invoke("sign-up.requested", detail)).rejects.toThrow();
    await deliver(2);
    expect(ses.mails).toHaveLength(1);

    ses.refusing(1, "MessageRejected");
    await submit({ email: "budi@example.com" });
    await deliver(2);
    expect(ses.mails).toHaveLength(1);
  });

  test("waits for tomorrow's quota in the events that failed, and does not get lost", async () => {
    ses.quota(0);
    await submit();
    const [{ detail } = { detail: {} }] = bus.events;
    await expect(invoke("sign-up.requested", detail)).rejects.toThrow("daily quota");
    ses.quota(100);
    at("2026-11-24T02:02:00.000Z");
    await deliver();
    expect(ses.mails).toHaveLength(1);
  });

  test("about a shop or a sign-up that is gone is none", async () => {
    await invoke("sign-up.requested", { business: newId("biz"), signUp: newId("sup") });
    await invoke("sign-up.requested", { business: shop.id, signUp: newId("sup") });
    await submit();
    at("2026-12-02T02:00:00.000Z");
    await deliver();
    expect(ses.mails).toEqual([]);
  });
});

describe("where a shop asks for no confirmation", () => {
  test("a new address is subscribed at once, with the form as proof, and welcomed with a way out", async () => {
    await single();
    await submit({ nickname: "Ani" }, { source: "kasir" });
    await deliver(2);
    const ani = await known();
    expect(ani).toMatchObject({
      consent: "subscribed",
      nickname: "Ani",
      joined: { at: now, way: "form", source: "kasir" },
    });
    expect(await consents.history(shop.id, ani?.id ?? "cus_")).toMatchObject([
      { at: now, consent: "subscribed", way: "form", ip: "203.0.113.7", source: "kasir" },
    ]);
    expect(bus.events).toMatchObject([{ type: "customer.subscribed", detail: { customer: ani?.id } }]);
    expect(ses.mails).toMatchObject([{ tags: { letter: "welcome" } }]);
    expect(textOf(await visit(pathIn("u")))).toContain("Berhenti berlangganan?");
  });

  test("so is one that was only never asked", async () => {
    await single();
    await add("pending", { nickname: "Bu Ani" });
    await submit({ nickname: "Ani" });
    await deliver();
    expect(await known()).toMatchObject({ consent: "subscribed", nickname: "Bu Ani" });
  });

  test.each(["subscribed", "unsubscribed"] as const)("someone who is %s stays so", async (consent) => {
    await single();
    const before = await add(consent);
    await submit({ nickname: "Mallory" });
    await deliver();
    expect(await known()).toEqual(before);
    const letter = consent === "subscribed" ? "already-subscribed" : "confirmation";
    expect(ses.mails).toMatchObject([{ tags: { letter } }]);
  });

  test("a welcome that SES did not take is tried again", async () => {
    await single();
    ses.refusing(1, "TooManyRequestsException");
    await submit();
    const [{ detail } = { detail: {} }] = bus.events;
    await expect(invoke("sign-up.requested", detail)).rejects.toThrow();
    await invoke("sign-up.requested", detail);
    expect(ses.mails).toMatchObject([{ tags: { letter: "welcome" } }]);
  });
});

describe("the link in the letter", () => {
  const asked = { nickname: "Ani", day: "24", month: "11", shown: "news" };
  const letterTo = async (
    fields: Record<string, string> = asked,
    query = { lang: "en", source: "instagram" },
  ) => {
    await submit({ ...fields, topic: "news" }, query);
    await deliver();
    return pathIn("c");
  };

  test("opened, asks and changes nothing, however often", async () => {
    const path = await letterTo();
    for (const method of ["GET", "HEAD", "GET"]) {
      expect((await visit(path, { method })).statusCode).toBe(200);
    }
    await visit(path, form([]));
    const page = await visit(path);
    expect(page.body).toContain('<html lang="en">');
    expect(textOf(page)).toContain("One more step");
    expect(textOf(page)).toContain("a•••@gmail.com");
    expect(await known()).toBeUndefined();
    expect(bus.events).toEqual([]);
  });

  test("its button subscribes with what was typed, and keeps the proof of the form and of the button", async () => {
    const path = await letterTo();
    at("2026-11-24T02:10:00.000Z");
    const page = await press(path);
    expect(textOf(page)).toContain("You are subscribed");
    const ani = await known();
    expect(ani).toMatchObject({
      consent: "subscribed",
      nickname: "Ani",
      birthday: "11-24",
      locale: "en",
      joined: { at: "2026-11-24T02:10:00.000Z", way: "form", source: "instagram" },
    });
    expect(await consents.history(shop.id, ani?.id ?? "cus_")).toEqual([
      {
        at: now,
        way: "form",
        source: "instagram",
        ip: "203.0.113.7",
        userAgent: "Mozilla/5.0 (Android)",
        wording: { version: "2026-11/en", text: expect.stringContaining("emails from Kopi Senja") },
      },
      {
        at: "2026-11-24T02:10:00.000Z",
        consent: "subscribed",
        way: "confirmation",
        source: "instagram",
        ip: "203.0.113.7",
        userAgent: "Mozilla/5.0 (Android)",
      },
    ]);
    expect(bus.events).toEqual([
      { bus: "sapa-test", type: "customer.subscribed", detail: { business: shop.id, customer: ani?.id } },
    ]);
    expect(textOf(await visit(/\.\.(\/p\/[\w.~-]+)/.exec(page.body ?? "")?.[1] ?? ""))).toContain(
      "preferences",
    );
  });

  test("pressed twice, or by two at once, says the same and does it once", async () => {
    const path = await letterTo();
    const [one, other] = await Promise.all([press(path), press(path)]);
    expect(one.body).toBe(other.body);
    const once = await known();
    expect((await press(path)).body).toBe(one.body);
    expect(textOf(await visit(path))).toContain("You are subscribed");
    expect(await known()).toEqual(once);
    expect(bus.events).toHaveLength(1);
    expect((await signUps.find(shop.id, idIn(path), now))?.request).toBeUndefined();
  });

  test("turns on who had unsubscribed, fills what was empty and leaves what the shop knew", async () => {
    const before = await add("unsubscribed", { nickname: "Bu Ani", topics: { offers: false } });
    await press(await letterTo());
    expect(await known()).toMatchObject({
      id: before.id,
      consent: "subscribed",
      nickname: "Bu Ani",
      birthday: "11-24",
      topics: { offers: false },
    });
    expect((await consents.history(shop.id, before.id)).at(-1)).toMatchObject({
      was: "unsubscribed",
      consent: "subscribed",
      way: "confirmation",
    });
  });

  test("renews the word of who was subscribed already, and keeps that as proof", async () => {
    const path = await letterTo();
    const before = await add("subscribed", { nickname: "Ani", birthday: "11-24", locale: "en" });
    expect(textOf(await press(path))).toContain("You are subscribed");
    expect(await known()).toEqual(before);
    const entries = await consents.history(shop.id, before.id);
    expect(entries).toHaveLength(3);
    expect(entries).toContainEqual(expect.objectContaining({ way: "confirmation", was: "subscribed" }));
  });

  test("used once does not turn on again who left afterwards: it leads back to the form", async () => {
    const path = await letterTo();
    await press(path);
    const ani = await known();
    const left = await customers.unsubscribe(shop.id, ani?.id ?? "cus_", { way: "link" }, now);
    const page = await press(path);
    expect(textOf(page)).toContain("Tautan ini sudah tidak berlaku");
    expect(page.body).toContain(`href="../join/${shop.id}?lang=id"`);
    expect(await known()).toEqual(left);
  });

  test("used once tells nothing of a customer who has another address since", async () => {
    const path = await letterTo();
    await press(path);
    const ani = await known();
    const details = { email: "rahasia@kantor.example", locale: "en" as const };
    await customers.update(shop, ani?.id ?? "cus_", { details, evidence: { way: "api" } }, now);
    for (const page of [await visit(path), await press(path)]) {
      expect(textOf(page)).toContain("Tautan ini sudah tidak berlaku");
      expect(page.body).not.toMatch(/kantor|\/p\//);
    }
  });

  test("is good for seven days, and then leads back to the form", async () => {
    const path = await letterTo();
    at("2026-12-01T01:59:59.000Z");
    expect(textOf(await visit(path))).toContain("One more step");
    at("2026-12-01T02:00:00.000Z");
    const page = await press(path);
    expect(textOf(page)).toContain("Tautan ini sudah tidak berlaku");
    expect(page.body).toContain(`href="../join/${shop.id}?lang=id"`);
    expect(await known()).toBeUndefined();
  });

  test.each(["bounce", "complaint", "owner", "erasure"] as const)(
    "says that mail was stopped when it was meanwhile, for a %s, and whom to write to",
    async (reason) => {
      const path = await letterTo();
      await suppress(shop.id, email, reason, now);
      const page = await press(path);
      expect(textOf(page)).toContain("Emails to this address have stopped");
      expect(textOf(page)).toContain("tanya@kopisenja.example");
      expect(await known()).toBeUndefined();
    },
  );

  test("forged, cut, of another kind or another shop: the page for links that are none", async () => {
    const path = await letterTo();
    const [key] = derive(secret).linkKeys;
    const elsewhere = signConfirmation(key, { business: newId("biz"), signUp: idIn(path) });
    const forged = signConfirmation(
      { ...key, key: Buffer.alloc(32) },
      { business: shop.id, signUp: idIn(path) },
    );
    const token = path.slice(3);
    for (const wrong of [
      `/c/${token.slice(0, -1)}`,
      `/c/${elsewhere}`,
      `/c/${forged}`,
      `/u/${token}`,
      `/p/${token}`,
      "/c/x",
    ]) {
      expect(await press(wrong)).toMatchObject({ statusCode: 404 });
    }
    expect(await known()).toBeUndefined();
  });

  const idIn = (path: string): signUps.SignUp["id"] => `sup_${path.split(".")[2]}`;
});
