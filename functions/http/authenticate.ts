import { createHash, timingSafeEqual } from "node:crypto";
import * as businesses from "../../core/businesses.ts";
import { SapaError } from "../../core/errors.ts";
import { BusinessId } from "../../core/ids.ts";
import * as keys from "../../core/keys.ts";
import type { Access, Caller } from "./route.ts";

/** Who presented a key; the operator belongs to no business. */
export type Identity = { caller: Caller; business?: businesses.Business };

/** What every key that is no good is told, whatever is wrong with it. */
const unauthenticated = () =>
  new SapaError("unauthenticated", "Send a valid API key in the header Authorization: Bearer sapa_…");

/** Whose key the `Authorization` header holds. */
export async function authenticate(authorization: string | undefined): Promise<Identity> {
  const token = /^Bearer +(sapa_[A-Za-z0-9_-]{1,120}) *$/i.exec(authorization ?? "")?.[1];
  if (!token) throw unauthenticated();
  if (token.startsWith("sapa_admin_")) {
    // Loaded here, since nearly every request is a business's and should not wait for it.
    const secrets = await import("../../core/secrets.ts");
    if (!same(token, (await secrets.keys()).adminKey)) throw unauthenticated();
    return { caller: { name: "operator", scopes: keys.Scope.options } };
  }
  const found = await keys.authenticate(token);
  if (!found) throw unauthenticated();
  return { caller: { name: found.key.id, scopes: found.key.scopes }, business: found.business };
}

/**
 * The business that a request is about, once its caller may make it. To a business's key every other business
 * is as one that does not exist.
 */
export async function authorise(
  access: Access,
  { caller, business }: Identity,
  named: string | undefined,
): Promise<businesses.Business | undefined> {
  if (access === "operator") {
    if (business) throw new SapaError("forbidden", "This is for the operator's key");
    return undefined;
  }
  const scope = typeof access === "string" ? access : access.operatorOr;
  if (!caller.scopes.includes(scope)) {
    throw new SapaError("forbidden", `The key does not have the scope ${scope}`, [
      { field: "authorization", message: `lacks the scope ${scope}` },
    ]);
  }
  if (typeof access === "string") {
    if (!business) throw new SapaError("forbidden", "This needs a key of a business, not the operator's");
    return business;
  }
  const id = BusinessId.safeParse(named);
  if (!id.success || (business && business.id !== id.data)) {
    throw new SapaError("not-found", "There is no such business");
  }
  return business ?? businesses.get(id.data);
}

/** Compares in a time that tells nothing of where two keys differ. */
const same = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));
const digest = (text: string) => createHash("sha256").update(text).digest();
