import { z } from "zod";
import { SegmentId } from "../../core/ids.ts";
import { Preview, preview, previewOf, withoutPeople } from "../../core/segments/preview.ts";
import * as segments from "../../core/segments.ts";
import { type Caller, created, noContent, ok, page, pageQuery, type Route, route } from "./route.ts";
import { seenBy } from "./scopes.ts";

const { DescribedSegment, described, SegmentDefinition, SegmentDetails } = segments;
const tag = "Segments";
const params = z.object({ segment: SegmentId });
const shownTo = (caller: Caller, whole: Preview) =>
  seenBy(caller, "customers:read", { whole, restOf: withoutPeople });
const example = {
  name: "Regulars who went off coffee",
  definition: {
    all: [{ orders: { atLeast: 3 } }, { not: { bought: { category: "Coffee", withinDays: 60 } } }],
  },
};

const create = route({
  method: "POST",
  path: "/v1/segments",
  id: "createSegment",
  tag,
  summary: "Create a segment",
  description:
    "A segment is kept as its definition and evaluated afresh at each use. A definition is one condition, or a tree of them under all, any and not. Days are calendar days in the business's time zone, today being one of them: withinDays 7 is today and the six days before, notWithinDays 7 is earlier than that. Amounts are in minor units of the business's currency.",
  access: "segments:write",
  body: SegmentDetails,
  example,
  answers: { 201: DescribedSegment },
  handle: async ({ business, body, now }) =>
    created(described(business, await segments.create(business, body, now))),
});

const list = route({
  method: "GET",
  path: "/v1/segments",
  id: "listSegments",
  tag,
  summary: "List segments",
  access: "segments:read",
  query: pageQuery,
  answers: { 200: page(DescribedSegment) },
  handle: async ({ business, query }) => ok(await segments.listDescribed(business, query)),
});

const read = route({
  method: "GET",
  path: "/v1/segments/{segment}",
  id: "readSegment",
  tag,
  summary: "Read a segment",
  access: "segments:read",
  params,
  answers: { 200: DescribedSegment },
  handle: async ({ business, params }) =>
    ok(described(business, await segments.get(business.id, params.segment))),
});

const replace = route({
  method: "PUT",
  path: "/v1/segments/{segment}",
  id: "replaceSegment",
  tag,
  summary: "Replace a segment's name and definition",
  description: "Campaigns that use it go by the new definition from their next run on.",
  access: "segments:write",
  params,
  body: SegmentDetails,
  example,
  answers: { 200: DescribedSegment },
  handle: async ({ business, params, body, now }) =>
    ok(described(business, await segments.replace(business, { ...body, id: params.segment }, now))),
});

const remove = route({
  method: "DELETE",
  path: "/v1/segments/{segment}",
  id: "deleteSegment",
  tag,
  summary: "Delete a segment",
  description: "Refused with 409 while a campaign that is not archived uses it.",
  access: "segments:write",
  params,
  answers: { 204: undefined },
  problems: [409],
  handle: async ({ business, params }) => {
    await segments.remove(business.id, params.segment);
    return noContent();
  },
});

const previewDefinition = route({
  method: "POST",
  path: "/v1/segments/preview",
  id: "previewDefinition",
  tag,
  summary: "See whom a definition matches now",
  description:
    "Nothing is saved. At most 20,000 customers are read: with complete false, there are more, and count is of those that were read.",
  access: "segments:read",
  body: z.object({ definition: SegmentDefinition }),
  example: { definition: example.definition },
  answers: { 200: Preview },
  personalAnswer: true,
  handle: async ({ business, caller, body, now }) =>
    ok(shownTo(caller, await preview({ business, now }, body.definition))),
});

const previewSegment = route({
  method: "GET",
  path: "/v1/segments/{segment}/preview",
  id: "previewSegment",
  tag,
  summary: "See whom a segment matches now",
  access: "segments:read",
  params,
  answers: { 200: Preview },
  handle: async ({ business, caller, params, now }) =>
    ok(shownTo(caller, await previewOf({ business, now }, params.segment))),
});

export const routes: readonly Route[] = [
  create,
  list,
  read,
  replace,
  remove,
  previewDefinition,
  previewSegment,
];
