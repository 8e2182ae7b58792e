import { describe, expect, test, vi } from "vitest";
import { CustomerExport } from "../../core/customers/export.ts";
import * as customers from "../../core/customers.ts";
import * as erasures from "../../core/erasures.ts";
import * as orders from "../../core/orders.ts";
import { suppress } from "../../core/suppressions.ts";
import { dataPathFor, form, press, textOf, useAni, visit } from "../support/links.ts";

const world = useAni();

/** Opens the page behind a link to data that has just come, and presses one of its buttons, in a language. */
const tap = async (button: string, lang?: string, path = world.dataPathOf("export")) =>
  visit(path, { ...press(await visit(path, lang ? { lang } : {}), button), ...(lang && { lang }) });

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

describe("one tap after the link that was mailed for it", () => {
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

  test("a customer is erased, and is given the number of the receipt, as often as they press", async () => {
    const path = world.dataPathOf("erasure");
    const asked = await visit(path, { lang: "en" });
    expect(textOf(asked)).toContain("Erase all your data?");
    expect(await world.stored()).toEqual(world.ani);

    const done = await visit(path, { ...press(asked, "erase-now"), lang: "en" });
    const number = erasures.idFor(world.ani.id);
    expect(textOf(done)).toContain("Your data is erased");
    expect(textOf(done)).toContain(number);
    // The languages would lead to a link that is not valid any more.
    expect(done.body).not.toContain("hreflang");
    expect(await customers.find(world.shop.id, world.ani.id)).toBeUndefined();
    expect(await erasures.get(world.shop.id, number)).toMatchObject({ way: "link" });
    expect((await visit(path, { ...press(asked, "erase-now"), lang: "en" })).body).toBe(done.body);
    expect((await visit(world.pathOf("preferences"))).statusCode).toBe(404);
    expect((await visit(world.dataPathOf("export"))).statusCode).toBe(404);
  });
});

test("looking at the pages, whatever their address says, neither shows nor erases anything", async () => {
  const paths = [world.pathOf("preferences"), world.dataPathOf("export"), world.dataPathOf("erasure")];
  for (const path of paths) {
    for (const action of ["see-data", "download-data", "erase", "erase-now", "mail-export"]) {
      const page = await visit(path, { query: { action } });
      expect(page.statusCode).toBe(200);
      expect(page.headers).not.toHaveProperty("content-disposition");
      expect(page.body).not.toContain("ani.lestari@gmail.com");
    }
  }
  expect(await world.stored()).toEqual(world.ani);
  expect(world.bus.events).toEqual([]);
});

test("the link in any mail neither shows, downloads nor erases data, whatever is posted to it", async () => {
  for (const kind of ["preferences", "unsubscribe", "rating"] as const) {
    for (const action of ["see-data", "download-data", "erase", "erase-now"]) {
      const page = await visit(world.pathOf(kind), form([["action", action]]));
      expect(page.headers).not.toHaveProperty("content-disposition");
      expect(page.body).not.toContain("ani.lestari@gmail.com");
      expect(page.body).not.toContain('value="erase-now"');
      if (kind === "preferences") {
        expect(page.statusCode).toBe(403);
        expect(textOf(page)).toContain("data hanya dibuka lewat tautan yang kami kirim");
      }
    }
  }
  expect(await customers.find(world.shop.id, world.ani.id)).toBeDefined();
});

test("a link to data does what it is for, and nothing else", async () => {
  const asked = await visit(world.dataPathOf("export"), form([["action", "erase-now"]]));
  expect(asked.statusCode).toBe(200);
  const seen = await visit(world.dataPathOf("erasure"), form([["action", "see-data"]]));
  expect(seen.body).not.toContain("ani.lestari@gmail.com");
  const token = (path: string) => path.slice(3);
  for (const path of [
    `/d/${token(world.dataPathOf("erasure"))}`,
    `/e/${token(world.dataPathOf("export"))}`,
    `/p/${token(world.dataPathOf("export"))}`,
    `/d/${token(world.pathOf("preferences"))}`,
    `/e/${token(world.pathOf("unsubscribe"))}`,
    `${world.dataPathOf("export")}x`,
  ]) {
    for (const action of ["see-data", "erase-now"]) {
      expect((await visit(path, form([["action", action]]))).statusCode, path).toBe(404);
    }
  }
  expect(await world.stored()).toEqual(world.ani);
});

test("after an hour, or once the customer has another address, a link to data leads nowhere", async () => {
  const [seeing, erasing] = [world.dataPathOf("export"), world.dataPathOf("erasure")];
  vi.setSystemTime("2026-11-24T02:59:59.999Z");
  expect((await visit(seeing)).statusCode).toBe(200);
  vi.setSystemTime("2026-11-24T03:00:00.000Z");
  const over = await visit(seeing);
  expect(over.statusCode).toBe(410);
  for (const [path, action] of [
    [seeing, "see-data"],
    [seeing, "download-data"],
    [erasing, "erase-now"],
  ] as const) {
    expect((await visit(path, form([["action", action]]))).body).toBe(over.body);
  }
  const fresh = { seeing: dataPathFor("export", world.ani), erasing: dataPathFor("erasure", world.ani) };
  const details = { email: "ani@kantor.example" };
  await customers.update(world.shop, world.ani.id, { details, evidence: { way: "api" } }, world.now);
  expect((await visit(fresh.seeing, form([["action", "see-data"]]))).body).toBe(over.body);
  expect((await visit(fresh.erasing, form([["action", "erase-now"]]))).body).toBe(over.body);
  expect(textOf(over)).toContain("Tautan ini sudah tidak berlaku");
  expect(over.body).not.toContain("•••");
  expect(await world.stored()).toMatchObject(details);
});

test("whoever gets no more mail, or whose data is only kept, has the same rights", async () => {
  await customers.unsubscribe(world.shop.id, world.ani.id, { way: "link" }, world.now);
  expect(textOf(await tap("see-data"))).toContain("ani.lestari@gmail.com");
  await suppress(world.shop.id, "ani.lestari@gmail.com", "complaint", world.now);
  expect(textOf(await tap("see-data"))).toContain("ani.lestari@gmail.com");
  const of = { business: world.shop.id, id: world.ani.id, evidence: { way: "api" as const } };
  await customers.restrict(of, world.now);
  expect(textOf(await tap("see-data"))).toContain("ani.lestari@gmail.com");
});

test("addresses that a customer had before are among what is kept, and told to them", async () => {
  const details = { email: "ani@kantor.example" };
  await customers.update(world.shop, world.ani.id, { details, evidence: { way: "api" } }, world.now);
  const page = await tap("see-data", "en", world.dataPathOf("export", await world.stored()));
  expect(textOf(page)).toContain("Earlier email addresses ani.lestari@gmail.com");
});
