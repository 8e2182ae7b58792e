import { z } from "zod";
import * as items from "../../core/items.ts";
import { created, noContent, ok, page, pageQuery, type Route, route } from "./route.ts";

const { Item, ItemId, ItemInput } = items;
const params = z.object({ item: ItemId });
const tag = "Items";

const put = route({
  method: "PUT",
  path: "/v1/items/{item+}",
  id: "putItem",
  tag,
  summary: "Add or change an item",
  description:
    "By your own id of the item; repeating it changes nothing. The first time raises the event item.added, and new-items campaigns will tell of it. Fields left out are taken away, but for stock and addedAt, which stay. For a catalogue that moves in, give addedAt: what was added long before its first save is not announced.",
  access: "items:write",
  params,
  body: ItemInput,
  example: {
    name: "Kopi Susu Gula Aren",
    category: "Kopi",
    price: { amount: 2_800_000, currency: "IDR" },
    description: "Espresso, susu segar dan gula aren dari Garut.",
    url: "https://kopisenja.example/menu/kopi-susu-gula-aren",
  },
  answers: { 200: Item, 201: Item },
  handle: async ({ business, params, body, now }) => {
    const { item, outcome } = await items.put(business, { ...body, id: params.item }, now);
    return outcome === "created" ? created(item) : ok(item);
  },
});

const list = route({
  method: "GET",
  path: "/v1/items",
  id: "listItems",
  tag,
  summary: "List the catalogue",
  access: "items:read",
  query: pageQuery,
  answers: { 200: page(Item) },
  handle: async ({ business, query }) => ok(await items.list(business.id, query)),
});

const read = route({
  method: "GET",
  path: "/v1/items/{item+}",
  id: "readItem",
  tag,
  summary: "Read an item",
  access: "items:read",
  params,
  answers: { 200: Item },
  handle: async ({ business, params }) => ok(await items.get(business.id, params.item)),
});

const soldOut = route({
  method: "POST",
  path: "/v1/items/{item+}/sold-out",
  id: "itemSoldOut",
  tag,
  summary: "Say that an item is sold out",
  description: "Raises the event item.sold-out, once until it is back in stock.",
  access: "items:write",
  params,
  answers: { 200: Item },
  handle: async ({ business, params, now }) => ok(await items.soldOut(business.id, params.item, now)),
});

const backInStock = route({
  method: "POST",
  path: "/v1/items/{item+}/back-in-stock",
  id: "itemBackInStock",
  tag,
  summary: "Say that an item is back in stock",
  description:
    "Raises the event item.back-in-stock, once until it is sold out again. New-items campaigns announce it again if it was sold out for seven days, or if the last run left it out because it was.",
  access: "items:write",
  params,
  answers: { 200: Item },
  handle: async ({ business, params, now }) => ok(await items.backInStock(business.id, params.item, now)),
});

const remove = route({
  method: "DELETE",
  path: "/v1/items/{item+}",
  id: "removeItem",
  tag,
  summary: "Take an item out of the catalogue",
  description: "Orders keep their lines. Removing it again changes nothing.",
  access: "items:write",
  params,
  answers: { 204: undefined },
  handle: async ({ business, params }) => {
    await items.remove(business.id, params.item);
    return noContent();
  },
});

export const routes: readonly Route[] = [put, list, read, soldOut, backInStock, remove];
