import { z } from "zod";
import { ImportId } from "../../core/ids.ts";
import { continueImport } from "../../core/imports/continue.ts";
import * as imports from "../../core/imports.ts";
import { Instant } from "../../core/time.ts";
import { accepted, created, ok, page, pageQuery, type Route, route } from "./route.ts";
import { mustHave } from "./scopes.ts";

const { Import, ImportContinuation, ImportInput, RehearsedRow, Rejection } = imports;
const tag = "Imports";
const params = z.object({ import: ImportId });

const create = route({
  method: "POST",
  path: "/v1/imports",
  id: "createImport",
  tag,
  summary: "Import a file of customers or orders",
  description:
    'Returns an uploadUrl that takes the file by HTTP PUT: curl -T customers.csv "$uploadUrl". It takes exactly as many bytes as size says, at most 50 MB. The import then begins by itself; follow it by its id. CSV (comma, semicolon, tab; Excel\'s byte-order mark is fine) needs a row of titles, JSON Lines one object a line. Common titles in English and Indonesian are understood, and so are the exports of the common mail tools and shops; others are named in mapping. With dryRun all of it is rehearsed first and nothing is changed. A column that looks like consent and is not understood stops the import in the state question before anything comes in: continueImport answers it. A field that can not be read is reported and left out of its row; a row is rejected when nobody can be told by it, or what it says about consent is not understood. Importing the same file again changes nothing, and nobody who unsubscribed is turned back on. With doubleOptIn new customers come in as pending, and each gets one letter that asks whether they want mail. Importing orders needs the scope orders:write as well.',
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

const goOn = route({
  method: "POST",
  path: "/v1/imports/{import}/continue",
  id: "continueImport",
  tag,
  summary: "Answer an import's questions, or bring in what was rehearsed",
  description:
    "For an import in the state question or rehearsed, as long as its file is kept: seven days. What is given replaces what the import was asked for, a mapping column by column, and the file is looked at anew. A question is answered by naming its column in mapping: with the field consent and what each value means, with another field, or with the field null, which leaves the column out. An import that was rehearsed is brought in, unless dryRun says otherwise; one that asked a question goes on as it was asked for.",
  access: "customers:write",
  params,
  body: ImportContinuation,
  example: {
    mapping: [
      {
        column: "Status",
        field: "consent",
        values: [
          { value: "langganan lama", means: "subscribed" },
          { value: "sudah keluar", means: "unsubscribed" },
        ],
      },
      { column: "Kelompok", field: null },
    ],
    dryRun: true,
  },
  answers: { 202: Import },
  handle: async ({ business, caller, params, body, now }) => {
    const { kind } = await imports.getStored(business.id, params.import);
    if (kind === "orders") mustHave(caller, "orders:write");
    return accepted(await continueImport(business, { id: params.import, choices: body }, now));
  },
});

const rehearsal = route({
  method: "GET",
  path: "/v1/imports/{import}/rehearsal",
  id: "readRehearsal",
  tag,
  summary: "Read the first rows of a rehearsal as they would be saved",
  description:
    "How the columns were understood, what would become of all rows and what is wrong with them is told by the import itself. Kept for seven days, as the file is.",
  access: "customers:read",
  params,
  answers: { 200: z.object({ items: z.array(RehearsedRow) }) },
  problems: [409],
  handle: async ({ business, caller, params, now }) => {
    const { kind } = await imports.get(business.id, params.import, now);
    if (kind === "orders") mustHave(caller, "orders:read");
    return ok(await imports.rehearsedRows(business.id, params.import, now));
  },
});

const rejections = route({
  method: "GET",
  path: "/v1/imports/{import}/rejections",
  id: "listRejections",
  tag,
  summary: "List the rows that could not go in and the fields that were left out, and why",
  description:
    "In the order of the file. Row numbers count as a spreadsheet does: the titles are row 1. Those of a file of orders need the scope orders:read as well. Kept for seven days, as the file is; of fields that were left out the first 10,000.",
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

export const routes: readonly Route[] = [create, list, read, goOn, rehearsal, rejections];
