import { describe, expect, test } from "vitest";
import { CustomerExport } from "../../core/customers/export.ts";
import * as customers from "../../core/customers.ts";
import * as erasures from "../../core/erasures.ts";
import * as orders from "../../core/orders.ts";
import { suppress } from "../../core/suppressions.ts";
import { form, press, textOf, useAni, visit } from "../support/links.ts";

const world = useAni();

const open = (lang?: string) => visit(world.pathOf("preferences"), lang ? { lang } : {});
/** Opens the page and presses one of its buttons, in a language. */
const tap = async (button: string, lang?: string) =>
  visit(world.pathOf("preferences"), { ...press(await open(lang), button), ...(lang && { lang }) });

const buys = (id: string) =>
  orders.add(
    world.shop,
    {
      order: orders.NewOrder.parse({
        id,
        placedAt: world.now,
        total: 25_000,
        lines: [{ item: "ES-KOPI", name: "<Es> kopi susu", quantity: 2 }],
        customer: { id: world.ani.id },
      }),
      evidence: { way: "api" },
    },
    world.now,
  );

describe("one tap after the link", () => {
  test("a customer downloads everything as a file, with nothing of it in a page that is kept", async () => {
    await buys("INV-1");
    const file = await tap("download-data");
    expect(file).toMatchObject({
      statusCode: 200,
      headers: {
        "content-type": "application/json; charset=utf-8",
        "content-disposition": 'attachment; filename="my-data.json"',
        "cache-control": "no-store",
      },
    });
    expect(CustomerExport.parse(JSON.parse(file.body ?? ""))).toMatchObject({
      customer: { id: world.ani.id, email: "ani.lestari@gmail.com" },
      orders: [{ id: "INV-1", total: 25_000 }],
    });
  });

  test.each([
    ["id", "Data Anda", "Pesanan", "oleh toko", "25 November 2026"],
    ["en", "Your data", "Orders", "by the shop", "25 November 2026"],
  ])("a customer reads everything, in %s", async (lang, ...expected) => {
    await buys("INV-1");
    const page = await tap("see-data", lang);
    const text = textOf(page);
    for (const words of ["ani.lestari@gmail.com", "INV-1", ...expected.slice(0, 3)])
      expect(text).toContain(words);
    expect(page.body).toContain("&lt;Es&gt; kopi susu");
    expect(page.body).toContain(`<html lang="${lang}">`);
  });

  test("asking to be erased is asked back first, and changes nothing", async () => {
    const page = await tap("erase");
    expect(textOf(page)).toContain("Hapus semua data Anda?");
    expect(await world.stored()).toEqual(world.ani);
  });
});

test("two taps after the link a customer is erased, and is given the number of the receipt", async () => {
  const asked = await tap("erase", "en");
  const done = await visit(world.pathOf("preferences"), { ...press(asked, "erase-now"), lang: "en" });
  const number = erasures.idFor(world.ani.id);
  expect(textOf(done)).toContain("Your data is erased");
  expect(textOf(done)).toContain(number);
  // The languages would lead to a link that is not valid any more.
  expect(done.body).not.toContain("hreflang");
  expect(await customers.find(world.shop.id, world.ani.id)).toBeUndefined();
  expect(await erasures.get(world.shop.id, number)).toMatchObject({ way: "link" });
  expect((await open()).statusCode).toBe(404);
  expect((await visit(world.pathOf("preferences"), press(asked, "erase-now"))).statusCode).toBe(404);
});

test("looking at the page, whatever its address says, neither shows nor erases anything", async () => {
  for (const action of ["see-data", "download-data", "erase", "erase-now"]) {
    const page = await visit(world.pathOf("preferences"), { query: { action } });
    expect(page.headers).not.toHaveProperty("content-disposition");
    expect(page.body).not.toContain("ani.lestari@gmail.com");
  }
  expect(await world.stored()).toEqual(world.ani);
});

test("who gets no more mail, or whose data is only kept, has the same rights", async () => {
  await customers.unsubscribe(world.shop.id, world.ani.id, { way: "link" }, world.now);
  expect(textOf(await tap("see-data"))).toContain("ani.lestari@gmail.com");
  await suppress(world.shop.id, "ani.lestari@gmail.com", "complaint", world.now);
  expect(textOf(await tap("see-data"))).toContain("ani.lestari@gmail.com");
  const of = { business: world.shop.id, id: world.ani.id, evidence: { way: "api" as const } };
  await customers.restrict(of, world.now);
  expect(textOf(await tap("see-data"))).toContain("ani.lestari@gmail.com");
});

test("the link of another kind does none of it", async () => {
  await visit(world.pathOf("unsubscribe"), form([["action", "erase-now"]]));
  expect(await customers.find(world.shop.id, world.ani.id)).toBeDefined();
});
