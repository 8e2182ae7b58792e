import { vi } from "vitest";
import { restrict } from "../../core/customers/restrict.ts";
import type { Customer } from "../../core/customers.ts";
import { newId } from "../../core/ids.ts";
import * as links from "../../core/links.ts";
import * as orders from "../../core/orders.ts";
import { derive } from "../../core/secrets.ts";
import * as signUps from "../../core/sign-ups.ts";
import { suppress } from "../../core/suppressions.ts";
import { embedded } from "../../functions/links/embed.ts";
import { fault, tooMany } from "../../functions/links/page.ts";
import { dataPathFor, form, pathFor, press, secret, type useAni, visit } from "./links.ts";

type Answer = Awaited<ReturnType<typeof visit>>;

/** A button of a page, and the fields changed by hand before it is pressed. */
type Press = [button: string, changes?: Parameters<typeof press>[2]];

/** Every state of every page, made for a test's shop: the status of its answer, and how to come there. */
export function statesIn(
  world: ReturnType<typeof useAni>,
): Record<string, [status: number, come: (lang: string) => Promise<Answer> | Answer]> {
  const someone = (details: object = {}) => world.subscriber(`${newId("cus").slice(4)}@example.com`, details);

  /** What pressing the buttons one after the other leads to, from the page behind a link. */
  async function after(path: string, lang: string, ...presses: Press[]): Promise<Answer> {
    let answer = await visit(path, { lang });
    for (const [button, changes] of presses) {
      answer = await visit(path, { ...press(answer, button, changes), query: { lang } });
    }
    return answer;
  }
  const leaving = async (lang: string, ...presses: Press[]) => {
    await world.mailed("news");
    return after(world.pathOf("unsubscribe", await someone()), lang, ...presses);
  };
  const choosing = async (lang: string, ...presses: Press[]) =>
    after(
      world.pathOf("preferences", await someone({ nickname: "Ani", birthday: "02-29" })),
      lang,
      ...presses,
    );
  const rating = async (lang: string, ...fields: [string, string][]) =>
    visit(world.pathOf("rating", await someone()), { ...form(fields), query: { lang } });
  const suppressed = async () => {
    const customer = await someone();
    await suppress(world.shop.id, customer.email ?? "", "complaint", world.now);
    return customer;
  };
  const restricted = async () => {
    const { business, id } = await someone();
    return restrict({ business, id, evidence: { way: "api" } }, world.now);
  };
  /** Somebody of whom every part of what is kept has something to show. */
  const wellKnown = async () => {
    const customer = await someone({
      nickname: "Ani",
      birthday: "02-29",
      tags: ["vip"],
      phone: "+6281298765432",
    });
    const line = { item: "gayo", name: "Kopi Gayo", quantity: 2, price: 2_500_000 };
    const order = { id: newId("cus"), placedAt: world.now, total: 5_000_000, channel: "pos", lines: [line] };
    const evidence = { way: "api" } as const;
    await orders.add(world.shop, { order: { ...order, customer: { id: customer.id } }, evidence }, world.now);
    await visit(
      world.pathOf("rating", customer),
      form([
        ["stars", "2"],
        ["words", "Dingin"],
      ]),
    );
    return customer;
  };
  const joining = (lang: string, ...fields: [string, string][]) =>
    visit(`/join/${world.shop.id}`, { ...(fields.length > 0 && form(fields)), query: { lang } });

  /** The form for the owner's own site, which has looks of its own. */
  const onTheirSite = (lang: string): Answer => {
    vi.stubEnv("PUBLIC_URL", "https://links.example");
    const form = embedded(world.shop, lang === "id" ? "id" : "en");
    const body = `<!doctype html><html lang="${lang}"><title>Kopi</title><main><h1>Kopi</h1>${form}</main></html>`;
    return { statusCode: 200, headers: { "content-type": "text/html; charset=utf-8" }, body };
  };

  /** The page behind the link of a confirmation letter. */
  async function confirming(
    lang: string,
    { by = someone, press = false, at = world.now } = {},
  ): Promise<Answer> {
    const { business, email = "" } = await by();
    const wish = { email, topics: {}, locale: "en", evidence: { way: "form" } } as const;
    const signUp = await signUps.request(business, wish, at);
    const token = links.signConfirmation(derive(secret).linkKeys[0], { business, signUp: signUp.id });
    return visit(`/c/${token}`, { ...(press && form([["confirm", "yes"]])), query: { lang } });
  }

  async function left(): Promise<Customer> {
    const customer = await someone();
    await after(world.pathOf("unsubscribe", customer), "en", all);
    return customer;
  }

  const old = "2026-08-25T00:00:00.000Z";
  const long = "x".repeat(1001);
  const all: Press = ["yes", { confirm: "yes" }];
  const wrong = { pausedUntil: "2020-01-01", nickname: long, day: "30", month: "02" };

  return {
    "unsubscribe: asking": [200, async (lang) => after(world.pathOf("unsubscribe", await someone()), lang)],
    "unsubscribe: asking what to stop": [200, (lang) => leaving(lang)],
    "unsubscribe: left": [200, (lang) => leaving(lang, all)],
    "unsubscribe: one topic off": [200, (lang) => leaving(lang, ["topic"])],
    "unsubscribe: undone": [200, (lang) => leaving(lang, all, ["undo"])],
    "unsubscribe: no reason chosen": [400, (lang) => leaving(lang, all, ["why"])],
    "unsubscribe: too long a reason": [400, (lang) => leaving(lang, all, ["why", { words: long }])],
    "unsubscribe: told why": [200, (lang) => leaving(lang, all, ["why", { reason: "too-many" }])],
    "unsubscribe: suppressed": [
      200,
      async (lang) => after(world.pathOf("unsubscribe", await suppressed()), lang, all),
    ],
    "unsubscribe: restricted": [
      200,
      async (lang) => after(world.pathOf("unsubscribe", await restricted()), lang, all),
    ],
    preferences: [200, (lang) => choosing(lang)],
    "preferences: paused and saved": [200, (lang) => choosing(lang, ["month-off", { often: "week" }])],
    "preferences: with errors": [400, (lang) => choosing(lang, ["save", wrong])],
    "preferences: out": [200, async (lang) => after(world.pathOf("preferences", await left()), lang)],
    "preferences: back": [
      200,
      async (lang) => after(world.pathOf("preferences", await left()), lang, ["subscribe"]),
    ],
    "preferences: suppressed": [
      200,
      async (lang) => after(world.pathOf("preferences", await suppressed()), lang),
    ],
    "preferences: restricted": [
      200,
      async (lang) => after(world.pathOf("preferences", await restricted()), lang),
    ],
    "preferences: asking for data by an ordinary link": [
      403,
      async (lang) =>
        visit(world.pathOf("preferences", await someone()), {
          ...form([["action", "see-data"]]),
          query: { lang },
        }),
    ],
    "preferences: a link to data is on its way": [200, (lang) => choosing(lang, ["mail-export"])],
    "my data: opened": [200, async (lang) => after(world.dataPathOf("export", await wellKnown()), lang)],
    "my data: seen": [
      200,
      async (lang) => after(world.dataPathOf("export", await wellKnown()), lang, ["see-data"]),
    ],
    "my data: asking to erase": [
      200,
      async (lang) => after(world.dataPathOf("erasure", await someone()), lang),
    ],
    "my data: erased": [
      200,
      async (lang) => after(world.dataPathOf("erasure", await someone()), lang, ["erase-now"]),
    ],
    "my data: its hour is over": [
      410,
      async (lang) => after(dataPathFor("export", await someone(), "2026-11-24T00:59:59.000Z"), lang),
    ],
    "old link: asking": [
      200,
      async (lang) => after(pathFor("unsubscribe", await someone(), world.run, old), lang),
    ],
    "old link: left": [
      200,
      async (lang) => after(pathFor("unsubscribe", await someone(), world.run, old), lang, all),
    ],
    "old link: preferences": [
      200,
      async (lang) => after(pathFor("preferences", await someone(), world.run, old), lang),
    ],
    "old link: a new one is on its way": [
      200,
      async (lang) =>
        after(pathFor("preferences", await someone(), world.run, old), lang, ["mail-preferences"]),
    ],
    "old link: rating": [
      200,
      async (lang) => after(pathFor("rating", await someone(), world.run, old), lang),
    ],
    rating: [200, async (lang) => after(world.pathOf("rating", await someone()), lang)],
    "rating: no stars": [400, (lang) => rating(lang)],
    "rating: thanked": [200, (lang) => rating(lang, ["stars", "4"])],
    "rating: a complaint": [200, (lang) => rating(lang, ["stars", "1"])],
    join: [200, (lang) => joining(lang)],
    "join: with errors": [400, (lang) => joining(lang, ["nickname", long], ["day", "1"], ["shown", "news"])],
    "join: sent": [200, (lang) => joining(lang, ["email", "budi@example.com"])],
    "join: on the owner's own site": [200, (lang) => onTheirSite(lang)],
    "confirm: waiting": [200, (lang) => confirming(lang)],
    "confirm: confirmed": [200, (lang) => confirming(lang, { press: true })],
    "confirm: suppressed": [200, (lang) => confirming(lang, { by: suppressed })],
    "confirm: expired": [200, (lang) => confirming(lang, { at: "2026-11-01T02:00:00.000Z" })],
    "not found": [404, (lang) => visit("/u/x", { lang })],
    "too many": [429, () => tooMany(60)],
    fault: [500, () => fault()],
  };
}
