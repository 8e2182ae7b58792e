import { z } from "zod";
import { BusinessId, KeyId } from "../../core/ids.ts";
import * as keys from "../../core/keys.ts";
import { created, noContent, ok, page, pageQuery, type Route, route } from "./route.ts";

const { ApiKey, KeySettings } = keys;
const params = z.object({ business: BusinessId });

const issue = route({
  method: "POST",
  path: "/v1/businesses/{business}/keys",
  id: "issueKey",
  tag: "Keys",
  summary: "Issue an API key",
  description:
    "The key is `token`: it is shown this once and stored as a hash. A key can be given no scope that whoever issues it does not have.",
  access: { operatorOr: "keys:write" },
  params,
  body: KeySettings,
  example: { name: "Cash register", scopes: ["customers:read", "customers:write", "orders:write"] },
  answers: {
    201: ApiKey.extend({
      token: z.string().meta({ description: "The key itself", example: "sapa_7hkq2mbcdf34ghjk_…" }),
    }),
  },
  problems: [409],
  secretAnswer: true,
  handle: async ({ business, body, caller, now }) =>
    created(await keys.issue(business.id, { ...body, grantable: caller.scopes }, now)),
});

const list = route({
  method: "GET",
  path: "/v1/businesses/{business}/keys",
  id: "listKeys",
  tag: "Keys",
  summary: "List the API keys",
  description: "Those in use first; revoked ones say when.",
  access: { operatorOr: "keys:read" },
  params,
  query: pageQuery,
  answers: { 200: page(ApiKey) },
  handle: async ({ business, query }) => ok(await keys.page(business.id, query)),
});

const revoke = route({
  method: "DELETE",
  path: "/v1/businesses/{business}/keys/{key}",
  id: "revokeKey",
  tag: "Keys",
  summary: "Revoke an API key",
  description: "Takes effect with the key's next request. Revoking it again changes nothing.",
  access: { operatorOr: "keys:write" },
  params: params.extend({ key: KeyId }),
  answers: { 204: undefined },
  handle: async ({ business, params, now }) => {
    await keys.revoke(business.id, params.key, now);
    return noContent();
  },
});

export const routes: readonly Route[] = [issue, list, revoke];
