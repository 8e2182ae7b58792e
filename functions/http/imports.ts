import { z } from "zod";
import { ImportId } from "../../core/ids.ts";
import * as imports from "../../core/imports.ts";
import { Instant } from "../../core/time.ts";
import { created, ok, page, pageQuery, type Route, route } from "./route.ts";
import { mustHave } from "./scopes.ts";

const { Import, ImportInput, Rejection } = imports;
const tag = "Imports";
const params = z.object({ import: ImportId });

const create = route({
  method: "POST",
  path: "/v1/imports",
  id: "createImport",
  tag,
  summary: "Import a file of customers or orders",
  description:
    'Answers with an uploadUrl that takes the file by HTTP PUT: curl -T customers.csv "$uploadUrl". It takes exactly as many bytes as size says, at most 50 MB. The import then begins by itself; follow it by its id. CSV (comma, semicolon, tab; Excel\'s byte-order mark is fine) needs a row of titles, JSON Lines one object a line. Common titles in English and Indonesian are understood, others are named in mapping. Bad rows are reported and the rest goes in; importing the same file again changes nothing, and nobody who unsubscribed is turned back on. With doubleOptIn new customers come in as pending, and each gets one letter that asks whether they want mail. Importing orders needs the scope orders:write as well.',
  access: "customers:write",
  body: ImportInput,
  example: {
    kind: "customers",
    format: "csv",
    fileName: "pelanggan.csv",
    size: 48_213,
    mapping: [{ column: "Tgl Lahir", field: "birthday", type: "day-first" }],
    consent: "subscribed",
    legalBasis: "Signed up for our mails at the till, paper forms kept since 2024",
  },
  answers: { 201: Import.extend({ uploadUrl: z.string(), expiresAt: Instant }) },
  secretAnswer: true,
  handle: async ({ business, caller, body, now }) => {
    if (body.kind === "orders") mustHave(caller, "orders:write");
    return created(await imports.create(business, body, now));
  },
});

const list = route({
  method: "GET",
  path: "/v1/imports",
  id: "listImports",
  tag,
  summary: "List imports, the latest first",
  access: "customers:read",
  query: pageQuery,
  answers: { 200: page(Import) },
  handle: async ({ business, query, now }) => ok(await imports.list(business.id, query, now)),
});

const read = route({
  method: "GET",
  path: "/v1/imports/{import}",
  id: "readImport",
  tag,
  summary: "Read how far an import has come",
  access: "customers:read",
  params,
  answers: { 200: Import },
  handle: async ({ business, params, now }) => ok(await imports.get(business.id, params.import, now)),
});

const rejections = route({
  method: "GET",
  path: "/v1/imports/{import}/rejections",
  id: "listRejections",
  tag,
  summary: "List the rows that could not go in, and why",
  description:
    "In the order of the file. Row numbers count as a spreadsheet does: the titles are row 1. Those of a file of orders need the scope orders:read as well.",
  access: "customers:read",
  params,
  query: z.object({ cursor: pageQuery.shape.cursor }),
  answers: { 200: page(Rejection) },
  handle: async ({ business, caller, params, query, now }) => {
    const { kind } = await imports.get(business.id, params.import, now);
    if (kind === "orders") mustHave(caller, "orders:read");
    return ok(await imports.rejections(business.id, params.import, query.cursor, now));
  },
});

export const routes: readonly Route[] = [create, list, read, rejections];
