import { beforeAll, describe, expect, test } from "vitest";
import * as cdnow from "../support/cdnow.ts";
import { useHost } from "../support/host.ts";
import { header, story } from "../support/story.ts";

if (!cdnow.cdnowIsHere) console.warn("The CDNOW data is not beside the project: its tests are skipped");

describe.skipIf(!cdnow.cdnowIsHere)("eighteen months of a real shop", { timeout: 240_000 }, () => {
  // 08:00 in New York, an hour before the campaigns fire.
  const host = useHost({ now: "1998-06-30T12:00:00Z" });
  const all = cdnow.cdnowIsHere ? cdnow.purchases() : [];
  let shop: { business: string; key: string };
  const owner = story(host, () => shop.key);
  let winback: string;

  beforeAll(async () => {
    shop = await host.shop({
      name: "CDNOW",
      sender: { address: "hello@cdnow.example" },
      postalAddress: "1005 Virginia Drive, Fort Washington, PA 19034",
      timeZone: "America/New_York",
      currency: "USD",
      locale: "en",
    });
  });

  const imported = async (kind: "customers" | "orders", content: string) => {
    const consent = { consent: "subscribed", legalBasis: "They bought from us" };
    const started = performance.now();
    const { id, uploadUrl } = await owner.ask("POST /v1/imports", {
      kind,
      format: "csv",
      size: Buffer.byteLength(content),
      ...(kind === "customers" && consent),
      mapping: kind === "orders" ? [{ column: "total", field: "total", type: "decimal" }] : [],
    });
    expect((await fetch(uploadUrl, { method: "PUT", body: content })).status).toBe(200);
    await host.host.idle();
    const seconds = (performance.now() - started) / 1000;
    return { ...(await owner.ask(`GET /v1/imports/${id}`)), seconds };
  };

  const sums = async () => {
    let [customers, orders, spent] = [0, 0, 0];
    let next: string | undefined;
    do {
      const page = await owner.ask(`GET /v1/customers?limit=100${next ? `&cursor=${next}` : ""}`);
      for (const { statistics } of page.items) {
        customers += 1;
        orders += statistics.orders;
        spent += statistics.spent;
      }
      next = page.next;
    } while (next);
    return { customers, orders, spent };
  };
  const everything = { customers: 2_357, orders: 6_919, spent: 24_409_194 };

  test("comes in whole, from two files", async () => {
    const customers = await imported("customers", cdnow.customersFile(all));
    const orders = await imported("orders", cdnow.ordersFile(all));
    expect(customers).toMatchObject({ state: "finished", counts: { created: 2_357, rejected: 0 } });
    expect(orders).toMatchObject({ state: "finished", counts: { created: 6_919, rejected: 0 } });
    console.info(
      `CDNOW: customers in ${customers.seconds.toFixed(1)} s, orders in ${orders.seconds.toFixed(1)} s`,
    );
    expect(await sums()).toEqual(everything);
  });

  test("is not changed by importing the same files again", async () => {
    const customers = await imported("customers", cdnow.customersFile(all));
    const orders = await imported("orders", cdnow.ordersFile(all));
    expect(customers.counts).toMatchObject({ created: 0, updated: 0, unchanged: 2_357 });
    expect(orders.counts).toMatchObject({ created: 0, unchanged: 6_919 });
    expect(await sums()).toEqual(everything);
  });

  test("lapses of 180 days: 1,843 customers on June 30, 1998, each who opted in mailed exactly once", async () => {
    winback = await owner.campaign({ kind: "winback", days: 180, template: "winback" });
    const started = performance.now();
    await host.moveTo("1998-06-30T13:00:10Z");
    const seconds = (performance.now() - started) / 1000;
    const run = await owner.lastRun(winback);

    const lapsed = cdnow.lapsed(all, "1998-06-30", { days: 180 });
    const wanted = lapsed.filter(cdnow.optedIn).map(cdnow.emailOf).sort();
    console.info(`CDNOW: ${wanted.length} mails sent in ${seconds.toFixed(1)} s`);
    expect(run.books).toMatchObject({
      selected: 1_843,
      accepted: wanted.length,
      skipped: { unsubscribed: 1_843 - wanted.length },
      waiting: 0,
    });
    expect(
      host
        .mails()
        .map(({ destination }) => destination.to[0])
        .sort(),
    ).toEqual(wanted);
  });

  test("each mail calls its customer by name, and has both headers and working links", async () => {
    const names = new Map(all.map(({ customer }) => [cdnow.emailOf(customer), cdnow.nameOf(customer)]));
    const links: string[] = [];
    for (const mail of host.mails()) {
      const [first = "?"] = (names.get(mail.destination.to[0] ?? "") ?? "?").split(" ");
      expect(mail.body.text).toContain(first);
      expect(header(mail, "List-Unsubscribe-Post")).toBe("List-Unsubscribe=One-Click");
      const unsubscribe = /^<(.+)>$/.exec(header(mail, "List-Unsubscribe") ?? "")?.[1] ?? "";
      const preferences = /https?:\/\/\S+\/p\/[\w.-]+/.exec(mail.body.text ?? "")?.[0] ?? "";
      links.push(unsubscribe, preferences);
    }
    expect(new Set(links).size).toBe(links.length);
    for (let start = 0; start < links.length; start += 20) {
      const statuses = await Promise.all(
        links.slice(start, start + 20).map(async (link) => (await fetch(link, { method: "HEAD" })).status),
      );
      expect(new Set(statuses)).toEqual(new Set([200]));
    }
  });

  test("lapses of 90 days: 2,058 customers, by a dry run", async () => {
    const { id } = await owner.ask("POST /v1/campaigns", {
      kind: "winback",
      name: "90 days",
      days: 90,
      template: "winback",
      topic: "offers",
      schedule: { every: "day", at: "09:00" },
    });
    expect(await owner.ask(`POST /v1/campaigns/${id}/dry-run`)).toMatchObject({
      selected: 2_058,
      complete: true,
    });
    const fresh = await owner.ask("POST /v1/campaigns", {
      kind: "winback",
      name: "90 days, newly lapsed",
      days: 90,
      newlyLapsedOnly: true,
      template: "winback",
      topic: "offers",
      schedule: { every: "day", at: "09:00" },
    });
    expect(await owner.ask(`POST /v1/campaigns/${fresh.id}/dry-run`)).toMatchObject({
      selected: 0,
      wouldGet: { count: 0 },
      complete: true,
    });
  });

  test("one day on, only those who lapsed on that day are selected", async () => {
    const before = host.mails().length;
    await host.moveTo("1998-07-01T13:00:10Z");
    const fresh = cdnow.lapsed(all, "1998-07-01", { days: 180, exactly: true });
    expect(fresh.length).toBeGreaterThan(0);
    expect((await owner.lastRun(winback)).books).toMatchObject({ selected: fresh.length, waiting: 0 });
    const wanted = fresh.filter(cdnow.optedIn).map(cdnow.emailOf).sort();
    const news = host.mails().slice(before);
    expect(news.map(({ destination }) => destination.to[0]).sort()).toEqual(wanted);
  });
});
