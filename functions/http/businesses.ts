import { z } from "zod";
import * as halts from "../../core/businesses/halts.ts";
import { limit as limitBusiness } from "../../core/businesses/operator-limits.ts";
import * as businesses from "../../core/businesses.ts";
import { BusinessId } from "../../core/ids.ts";
import { changeSettings } from "../../core/runs/reschedule.ts";
import { created, ok, page, pageQuery, type Route, route } from "./route.ts";

const { Business, BusinessPatch, NewBusiness, OperatorLimitsPatch } = businesses;
const params = z.object({ business: BusinessId });

const create = route({
  method: "POST",
  path: "/v1/businesses",
  id: "createBusiness",
  tag: "Businesses",
  summary: "Create a business",
  description:
    "For the operator. A business is one owner's shop: nothing of it is visible to another. It sends from the SES identities in `limits.identities` only, of which its own keys can't add any: name its domain there, or leave them out to bind the sender's address alone. Verify them in SES before a campaign is activated.",
  access: "operator",
  body: NewBusiness,
  example: {
    name: "Kopi Senja",
    sender: { address: "halo@kopisenja.example", replyTo: "kasir@kopisenja.example" },
    postalAddress: "Jl. Braga 12, Bandung 40111, Indonesia",
    brand: { colour: "#0f766e" },
    timeZone: "Asia/Jakarta",
    currency: "IDR",
    locale: "id",
    attributes: { favourite_drink: "text" },
    frequencyCap: { perWeek: 2 },
    quietHours: { from: "21:00", to: "08:00" },
  },
  answers: { 201: Business },
  handle: async ({ body, now }) => created(await businesses.create(body, now)),
});

const list = route({
  method: "GET",
  path: "/v1/businesses",
  id: "listBusinesses",
  tag: "Businesses",
  summary: "List all businesses",
  description: "For the operator.",
  access: "operator",
  query: pageQuery,
  answers: { 200: page(Business) },
  handle: async ({ query }) => ok(await businesses.list(query)),
});

const read = route({
  method: "GET",
  path: "/v1/businesses/{business}",
  id: "readBusiness",
  tag: "Businesses",
  summary: "Read a business",
  access: { operatorOr: "business:read" },
  params,
  answers: { 200: Business },
  handle: async ({ business }) => ok(business),
});

const update = route({
  method: "PATCH",
  path: "/v1/businesses/{business}",
  id: "updateBusiness",
  tag: "Businesses",
  summary: "Change a business's settings",
  description:
    "Objects are merged field by field (RFC 7396), lists are replaced as a whole, and null takes an optional setting away. Refused with 409: a sender's address that is neither itself nor by its domain among `limits.identities`, which the operator sets; a `breaker` beyond `limits.breaker`; another currency once there are items or orders; another type for an attribute (remove it, or use another name; values that customers have stay readable); dropping a topic that a campaign uses; another time zone while a campaign is active.",
  access: { operatorOr: "business:write" },
  params,
  body: BusinessPatch,
  example: { sender: { name: "Kopi Senja Bandung", replyTo: null }, frequencyCap: { perMonth: 6 } },
  answers: { 200: Business },
  problems: [409],
  handle: async ({ business, body, now }) => ok(await changeSettings(business, body, now)),
});

const resume = route({
  method: "POST",
  path: "/v1/businesses/{business}/resume",
  id: "resumeBusiness",
  tag: "Businesses",
  summary: "Let a halted business send again",
  description:
    "Sapa halts a business's sending when too many of its mails come back for good or are called spam (`halted` says which, `breaker` has the limits). Find the cause first: an old list, or people who never asked for mail. From here on the rates are counted anew. Runs that were stopped don't go on; a winback or new-items campaign goes on from where its last run had looked. Repeating it changes nothing. Halted a second time within 30 days of that (`halted.repeated`), it can be resumed by the operator only: 403 for the business's own keys.",
  access: { operatorOr: "business:write" },
  params,
  answers: { 200: Business },
  handle: async ({ business, caller, now }) =>
    ok(await halts.resume(business.id, { byOperator: caller.name === "operator" }, now)),
});

const limit = route({
  method: "PATCH",
  path: "/v1/businesses/{business}/limits",
  id: "limitBusiness",
  tag: "Businesses",
  summary: "Set what the operator keeps for a business",
  description:
    "For the operator. The mail of all businesses goes out in fair shares, whoever began first; `share` keeps a part of the account's send rate and daily quota for one of them. 409 when the shares of all would come to more than the whole. `identities` are the addresses and domains that the business may send from; one can be bound to several businesses. Without the one that its sender's address belongs to nothing of the business is sent, and a run under way stops. `testAddresses` get test mails beside those and its customers, `testMailsPerDay` in all. `breaker` has how far the business may set its own breaker.",
  access: "operator",
  params,
  body: OperatorLimitsPatch,
  example: { share: 0.2, identities: ["kopisenja.example"] },
  answers: { 200: Business },
  problems: [404, 409],
  handle: async ({ params, body, now }) => ok(await limitBusiness(params.business, body, now)),
});

export const routes: readonly Route[] = [create, list, read, update, resume, limit];
