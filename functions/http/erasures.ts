import { z } from "zod";
import * as erasures from "../../core/erasures.ts";
import { ErasureId } from "../../core/ids.ts";
import { ok, page, pageQuery, type Route, route } from "./route.ts";

const tag = "Erasures";

const list = route({
  method: "GET",
  path: "/v1/erasures",
  id: "listErasures",
  tag,
  summary: "List the receipts of erased customers",
  description:
    "The latest first. After a backup of the tables was restored, erase again whom it brought back: the list made before tells their ids.",
  access: "customers:read",
  query: pageQuery,
  answers: { 200: page(erasures.Erasure) },
  handle: async ({ business, query }) => ok(await erasures.list(business.id, query)),
});

const read = route({
  method: "GET",
  path: "/v1/erasures/{erasure}",
  id: "readErasure",
  tag,
  summary: "Read the receipt of an erased customer",
  access: "customers:read",
  params: z.object({ erasure: ErasureId }),
  answers: { 200: erasures.Erasure },
  handle: async ({ business, params }) => ok(await erasures.get(business.id, params.erasure)),
});

export const routes: readonly Route[] = [list, read];
