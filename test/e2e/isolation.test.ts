import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { operations } from "../../functions/http/operations.ts";
import { furnish } from "../support/furnished.ts";
import { useHost } from "../support/host.ts";
import { bodyOf, filled, type Ids, parametersOf } from "../support/requests.ts";

const host = useHost({ now: "2026-11-24T01:00:00Z" });
/** Every operation that a business's own key may call. */
const routes = operations.filter(({ access }) => access !== "operator");

let ours: { business: string; key: string };
let theirs: { business: string; key: string };
let theirIds: Ids;

beforeAll(async () => {
  ours = await host.shop();
  theirs = await host.shop({ name: "Toko Sebelah" });
  await furnish(host, ours, "ours");
  theirIds = await furnish(host, theirs, "theirs");
});

/** What an answer says, but for what tells one request, or one id, from another. */
const said = ({ status, body }: { status: number; body: unknown }, ids: Ids) => {
  let text = JSON.stringify(body ?? null).replace(/urn:sapa:request:[\w-]+/g, "urn");
  for (const [name, id] of Object.entries(ids)) text = text.replaceAll(id, `{${name}}`);
  return { status, text };
};

/** All that the other shop sees of itself. */
async function theirView() {
  const seen: Record<string, unknown> = {};
  for (const route of routes) {
    if (route.method !== "GET") continue;
    const { status, body } = await host.request(`GET ${filled(route, theirIds)}` as "GET /", {
      key: theirs.key,
    });
    seen[route.id] = { status, body };
  }
  return JSON.parse(JSON.stringify(seen).replace(/urn:sapa:request:[\w-]+|(?<="exportedAt":")[^"]+/g, ""));
}

/** Those about one thing, other than items: their ids are the owners' own, and both shops may have the same. */
const named = routes.filter((route) => parametersOf(route).some((name) => name !== "item"));

describe("to a key of one business everything of another's is as if it did not exist", () => {
  test("whatever is asked of it or done to it, the answer is that for an id that nobody has", async () => {
    const before = await theirView();
    const nobodys: Ids = {
      ...Object.fromEntries(
        Object.entries(theirIds).map(([name, id]) => [name, id.replace(/_.*/, "_0000000000000000")]),
      ),
      item: "nobodys-1",
      order: "order-nobodys",
      run: "run_0000000000000000_tozes0",
      response: "rsp_0000000000000000_0000000000000000_r",
    };
    for (const route of named) {
      const ask = (ids: Ids) =>
        host.request(`${route.method} ${filled(route, ids)}` as "GET /", {
          key: ours.key,
          ...(route.body && { body: bodyOf(route, ids) }),
        });
      const [answer, absent] = [await ask(theirIds), await ask(nobodys)];
      expect(said(answer, theirIds), route.id).toEqual(said(absent, nobodys));
      // What is not there may be taken away; nothing else can be done to it.
      const mayWork = route.method === "GET" || route.method === "DELETE";
      if (!mayWork) expect(answer.status, route.id).toBeGreaterThanOrEqual(400);
    }
    expect(await theirView()).toEqual(before);
  });

  test("its cursors lead, at most, on in one's own lists", async () => {
    const lists = routes.filter(({ method, query }) => method === "GET" && "cursor" in (query?.shape ?? {}));
    expect(lists.length).toBeGreaterThan(8);
    for (const route of lists) {
      const path = (ids: Ids) => filled(route, ids);
      const theirPage = await host.request(`GET ${path(theirIds)}?limit=1` as "GET /", { key: theirs.key });
      if (!theirPage.body.next) continue;
      const { body } = await host.request(
        `GET ${path({ ...theirIds, business: ours.business })}?limit=50&cursor=${theirPage.body.next}` as "GET /",
        { key: ours.key },
      );
      const text = JSON.stringify(body);
      for (const id of Object.values(theirIds)) {
        if (!path(theirIds).includes(id)) expect(text, route.id).not.toContain(id);
      }
    }
  });

  test("a cursor made up by whoever, from whatever place, never leads out of one's own lists", async () => {
    const places = fc.dictionary(
      fc.constantFrom(
        "id",
        "business",
        "shard",
        "customer",
        "run",
        "page",
        "offset",
        "version",
        "order",
        "hash",
        "at",
      ),
      fc.oneof(
        fc.constantFrom(...Object.values(theirIds), `${theirs.business}#00`),
        fc.string(),
        fc.integer(),
      ),
    );
    const paths = [
      "customers",
      "items",
      "segments",
      "templates",
      "campaigns",
      "runs",
      "imports",
      "responses",
    ];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), places, async (path, place) => {
        const cursor = Buffer.from(JSON.stringify(place)).toString("base64url");
        const { status, body } = await host.request(`GET /v1/${path}?cursor=${cursor}`, { key: ours.key });
        expect(status).toBeLessThan(500);
        for (const id of Object.values(theirIds)) expect(JSON.stringify(body)).not.toContain(id);
      }),
      { numRuns: 60 },
    );
  });

  test("a key that is cut, joined from two, or of a business that is none opens nothing", async () => {
    const cut = fc.nat({ max: 40 });
    await fc.assert(
      fc.asyncProperty(cut, fc.boolean(), async (at, swapped) => {
        const [, business = "", secret = ""] = ours.key.split("_");
        const [, otherBusiness = "", otherSecret = ""] = theirs.key.split("_");
        const made = swapped
          ? `sapa_${at % 2 ? otherBusiness : business}_${at % 2 ? secret : otherSecret}`
          : `sapa_${business}_${secret.slice(0, at % 32)}`;
        const { status } = await host.request("GET /v1/customers", { key: made });
        expect(status).toBe(401);
      }),
      { numRuns: 20 },
    );
  });

  test("a body that names its things gets nothing of them", async () => {
    const before = await theirView();
    for (const route of routes.filter(({ body }) => body)) {
      if (parametersOf(route).length > 0) continue;
      const answer = await host.request(`${route.method} ${route.path}` as "GET /", {
        key: ours.key,
        body: bodyOf(route, theirIds),
      });
      expect(JSON.stringify(answer.body), route.id).not.toContain("theirs@example.com");
      expect(answer.status, route.id).toBeLessThan(500);
    }
    const ordered = (id = "") =>
      host.request("POST /v1/orders", {
        key: ours.key,
        body: { id: "X-1", customer: { id }, placedAt: "2026-11-02T00:00:00Z", total: 1, lines: [] },
      });
    const [order, absent] = [await ordered(theirIds.customer), await ordered("cus_0000000000000000")];
    expect(order.status).toBeGreaterThanOrEqual(400);
    expect(said(order, theirIds)).toEqual(said(absent, { customer: "cus_0000000000000000" }));
    for (const stolen of ["segment", "template"]) {
      const { status } = await host
        .request("POST /v1/campaigns", {
          key: ours.key,
          body: {
            name: "Stolen",
            kind: "broadcast",
            topic: "news",
            template: "broadcast",
            schedule: { every: "day", at: "09:00" },
            [stolen]: theirIds[stolen],
          },
        })
        .then(async ({ body }) => host.request(`POST /v1/campaigns/${body.id}/activate`, { key: ours.key }));
      expect(status, stolen).toBe(409);
    }
    expect(await theirView()).toEqual(before);
  });

  test("an item of the same id is each shop's own", async () => {
    const before = await theirView();
    for (const operation of ["POST /v1/items/theirs-1/sold-out", "GET /v1/items/theirs-1"] as const) {
      expect((await host.request(operation, { key: ours.key })).status).toBe(404);
    }
    const price = { amount: 9, currency: "IDR" };
    const body = { name: "Ours", category: "Coffee", price };
    expect((await host.request("PUT /v1/items/theirs-1", { key: ours.key, body })).status).toBe(201);
    expect((await host.request("DELETE /v1/items/theirs-1", { key: ours.key })).status).toBe(204);
    expect(await theirView()).toEqual(before);
  });
});
