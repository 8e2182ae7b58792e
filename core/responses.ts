import { z } from "zod";
import { SapaError } from "./errors.ts";
import type { BusinessId, ResponseId } from "./ids.ts";
import { maxListBytes, sizeOf } from "./lists.ts";
import { find, isComplaint, Leaving, Rating, type Response, type ResponseKind } from "./responses/record.ts";
import { decodeCursor, encodeCursor, findMany, foreignCursor, type Key, query } from "./store.ts";

// The noun in one place: what customers say back, and every verb. Each verb with its rules has its own file.
export {
  find,
  LeaveReason,
  mostLeavingWords,
  mostRatingWords,
  Response,
  ResponseState,
  responseIdOf,
  Stars,
} from "./responses/record.ts";
export { leave, left, rate, stay } from "./responses/say.ts";
export { answer, close } from "./responses/see-to.ts";

const complaint = z.boolean().meta({ description: "One or two stars that nobody has closed yet" });

/** What the owner's API shows of a response. */
export const ResponseView = z.discriminatedUnion("kind", [
  Rating.omit({ version: true }).extend({ complaint }),
  Leaving.omit({ version: true }).extend({ complaint }),
]);
export type ResponseView = z.infer<typeof ResponseView>;

export const present = (response: Response): ResponseView => {
  const { version, ...shown } = response;
  return { ...shown, complaint: isComplaint(response) };
};

/** The response, read consistently; `not-found` when the business has none with this id. */
export async function get(business: BusinessId, id: ResponseId): Promise<Response> {
  const response = await find(business, id);
  if (!response) throw new SapaError("not-found", "There is no such response");
  return response;
}

export type Filter = {
  kind?: ResponseKind | undefined;
  state?: Response["state"] | undefined;
  complaint?: boolean | undefined;
};
type Page = { limit: number; cursor?: string | undefined };

/** How many responses are looked through for one page of those that a filter lets by. */
const mostLookedAt = 1000;

/** Those that fit, newest first. A page may hold fewer than `limit`, and even none, while there is more to look through. */
export async function list(
  business: BusinessId,
  { kind, state, complaint }: Filter,
  { limit, cursor }: Page,
): Promise<{ items: Response[]; next?: string }> {
  const fits = (response: Response) =>
    (kind === undefined || response.kind === kind) &&
    (state === undefined || response.state === state) &&
    (complaint === undefined || isComplaint(response) === complaint);
  const items: Response[] = [];
  let bytes = 0;
  let place = cursor === undefined ? undefined : placeOf(cursor);
  for (let looked = 0; looked < mostLookedAt; ) {
    const page = await query("responses", {
      IndexName: "byTime",
      KeyConditionExpression: "business = :business",
      ExpressionAttributeValues: { ":business": business },
      ScanIndexForward: false,
      Limit: Math.min(100, mostLookedAt - looked),
      ...(place && { ExclusiveStartKey: { business, ...place } }),
    });
    const found = await byKeys(business, page.items);
    looked += page.items.length;
    for (const [index, { id, at }] of page.items.entries()) {
      const response = found.get(id as ResponseId);
      if (response && fits(response)) {
        bytes += sizeOf(response);
        if (bytes > maxListBytes && items.length > 0 && place) return { items, next: encodeCursor(place) };
        items.push(response);
      }
      place = { id: String(id), at: String(at) };
      if (items.length === limit && (page.next || index < page.items.length - 1)) {
        return { items, next: encodeCursor(place) };
      }
    }
    if (!page.next) return { items };
  }
  return place ? { items, next: encodeCursor(place) } : { items };
}

/** The responses that entries of the index lead to; one that was taken back since is missing. */
export async function byKeys(
  business: BusinessId,
  entries: readonly { [name: string]: unknown }[],
): Promise<Map<ResponseId, Response>> {
  const keys = entries.map(({ id }): Key => ({ business, id: String(id) }));
  const found = (await findMany("responses", keys)) as Response[];
  return new Map(found.map((response) => [response.id, response]));
}

function placeOf(cursor: string): { id: string; at: string } {
  const { id, at } = decodeCursor(cursor);
  if (typeof id === "string" && typeof at === "string") return { id, at };
  throw foreignCursor();
}
