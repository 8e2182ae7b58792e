import { z } from "zod";
import { ResponseId } from "../../core/ids.ts";
import { Summary, summarise } from "../../core/responses/summary.ts";
import * as responses from "../../core/responses.ts";
import { Day } from "../../core/time.ts";
import { accepted, ok, page, pageQuery, type Route, route } from "./route.ts";
import { seenBy } from "./scopes.ts";

const params = z.object({ response: ResponseId });
const tag = "Responses";

/** That an answer is kept, in ids alone: this is itself kept, for who repeats the request. */
const Taken = z.object({ id: ResponseId, state: responses.ResponseState });

const list = route({
  method: "GET",
  path: "/v1/responses",
  id: "listResponses",
  tag,
  summary: "List what customers said back, newest first",
  description:
    "Ratings, by the link to rate that a mail may hold, and leavings: that a customer unsubscribed and, if they said so, why. One or two stars are a complaint until you close it. With a filter a page may hold fewer than asked for: go on while there is next.",
  access: "responses:read",
  query: pageQuery.extend({
    kind: z.enum(["rating", "leaving"]).optional(),
    state: responses.ResponseState.optional(),
    complaint: z
      .enum(["true", "false"])
      .transform((text) => text === "true")
      .optional(),
  }),
  answers: { 200: page(responses.ResponseView) },
  handle: async ({ business, query: { limit, cursor, ...filter } }) => {
    const { items, ...rest } = await responses.list(business.id, filter, { limit, cursor });
    return ok({ items: items.map(responses.present), ...rest });
  },
});

const summary = route({
  method: "GET",
  path: "/v1/responses/summary",
  id: "summariseResponses",
  tag,
  summary: "Sum up ratings and reasons for leaving over some days",
  description:
    "Days are the business's own, both ends included: the last 30 without from and to, at most 366. A response counts on the day on which it was said last. What became of one run's mails, these among it, is read with the run.",
  access: "responses:read",
  query: z.strictObject({ from: Day.optional(), to: Day.optional() }),
  answers: { 200: Summary },
  handle: async ({ business, query, now }) => ok(await summarise(business, query, now)),
});

const read = route({
  method: "GET",
  path: "/v1/responses/{response}",
  id: "readResponse",
  tag,
  summary: "Read a response",
  access: "responses:read",
  params,
  answers: { 200: responses.ResponseView },
  handle: async ({ business, params }) =>
    ok(responses.present(await responses.get(business.id, params.response))),
});

const answer = route({
  method: "POST",
  path: "/v1/responses/{response}/answer",
  id: "answerResponse",
  tag,
  summary: "Write back to the customer, by mail",
  description:
    "The mail is on its way within seconds; letterAt of the answer says when it went to SES. It is no marketing, so that whoever unsubscribed can be answered too, but only what they said in words, and at most twice. 409 says why a customer can't be: no words, no address, a suppressed one, or data that is only kept; or that sending is halted. What they reply goes to your own address.",
  access: "responses:write",
  params,
  body: z.object({ text: z.string().trim().min(1).max(3000) }),
  example: { text: "Terima kasih, Bu Ani. Maaf kopinya kurang panas; cangkir berikutnya dari kami." },
  answers: { 202: Taken },
  problems: [409],
  handle: async ({ business, params, body, now }) =>
    accepted(Taken.parse(await responses.answer(business, params.response, body.text, now))),
});

const close = route({
  method: "POST",
  path: "/v1/responses/{response}/close",
  id: "closeResponse",
  tag,
  summary: "Say that a response has been seen to",
  description:
    "A complaint is none any more. Closing it again changes nothing; when the customer says something new it is open again.",
  access: "responses:write",
  personalAnswer: true,
  params,
  answers: { 200: z.union([responses.ResponseView, Taken]) },
  handle: async ({ business, caller, params }) => {
    const whole = responses.present(await responses.close(business.id, params.response));
    return ok(seenBy(caller, "responses:read", { whole, restOf: Taken.parse }));
  },
});

export const routes: readonly Route[] = [list, summary, read, answer, close];
