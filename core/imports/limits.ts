import type { JsonLimits } from "../json.ts";

/*
 * How much of a file is read. `docs/imports.md` tells them, and what becomes of a file or a row that is beyond one.
 */

/** Characters of a row: none of a real file comes near, and a quote that is never closed would swallow the file. */
export const maxRowLength = 256 * 1024;
/** Rows of a file, blank ones included: as many as a sheet of Excel holds. */
export const maxRows = 1_048_576;
/** The columns of a file, or the fields of one object of JSON. */
export const maxColumns = 500;
/**
 * Columns that look like consent, or that the mapping names. Of others so many as a CSV file may have are remembered: a
 * row of JSON Lines may have any keys.
 */
export const maxConsentLike = 400;
/** Characters of a column's title, as many as a mapping can name; what a title has beyond is cut off. */
export const maxTitle = 200;
/** Characters of a value: the longest that fits anywhere, fifty tags, has some three thousand. */
export const maxCell = 5000;
/** Rows of one order that are held until its last is read: five times as many as an order has lines. */
export const maxRowsOfOrder = 1000;
/** What a line of JSON Lines may hold, or JSON within a cell of CSV. */
export const jsonLimits: JsonLimits = { depth: 20, fields: maxColumns, values: 5000 };
