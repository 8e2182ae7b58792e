import { isDeepStrictEqual } from "node:util";
import type { Business } from "../businesses.ts";
import type { Evidence } from "../consents.ts";
import * as consents from "../consents.ts";
import { announceJoined } from "../customers/announce.ts";
import { tries } from "../customers/change.ts";
import { blank, plan } from "../customers/plan.ts";
import * as customers from "../customers.ts";
import { ownEntry } from "../dictionaries.ts";
import { identityKey, owners } from "../identities.ts";
import { newId, type SignUpId } from "../ids.ts";
import * as signUps from "../sign-ups.ts";
import { backOff, transact, type Write } from "../store.ts";
import * as suppressions from "../suppressions.ts";
import type { Instant } from "../time.ts";

type Customer = customers.Customer;
type Asked = {
  signUp: signUps.SignUp;
  request: signUps.SignUpRequest;
  before: Customer | undefined;
  /**
   * Whether the address is only suppressed since its customer was erased, or unsubscribed and has another address now:
   * both before they signed up again.
   */
  comesBack: boolean;
};

/** How a sign-up stands. */
export type Standing =
  | ({ state: "waiting" } & Asked)
  | { state: "confirmed"; customer: Customer }
  /** Mail to this address was stopped, for a bounce, a complaint, an erasure since or by its owner's word. */
  | ({ state: "stopped" } & Asked)
  /** Its time is over, it was used and taken back or the address changed since, or whom an import brought is gone. */
  | { state: "over" };

/** How a sign-up stands now, without changing anything. */
export async function look(business: Business, id: SignUpId, now: Instant): Promise<Standing> {
  const signUp = await signUps.find(business.id, id, now);
  if (signUp?.confirmed) {
    const { customer: known, address } = signUp.confirmed;
    const customer = await customers.find(business.id, known);
    const isTheirs = customer?.email && suppressions.hashOf(business.id, customer.email) === address;
    return customer?.consent === "subscribed" && isTheirs
      ? { state: "confirmed", customer }
      : { state: "over" };
  }
  if (!signUp?.request) return { state: "over" };
  const { request } = signUp;
  const identity = identityKey(business.id, "email", request.email);
  const owner = (await owners([identity])).get(identity);
  if (request.customer && request.customer !== owner) return { state: "over" };
  const [known, found] = await Promise.all([
    owner && customers.find(business.id, owner),
    suppressions.findAll(business.id, request.email),
  ]);
  const before = known || undefined;
  const isOwnWill = ({ reason, at }: suppressions.Suppression) =>
    suppressions.byOwnWill(reason) && at < signUp.at;
  // The hash keeps others from bringing someone back, not themselves.
  const comesBack = request.evidence.way === "form" && found.length > 0 && found.every(isOwnWill);
  const stopped = comesBack
    ? before?.suppressed && !suppressions.byOwnWill(before.suppressed)
    : found.length > 0 || before?.suppressed;
  return {
    state: stopped || before?.restrictedAt ? "stopped" : "waiting",
    signUp,
    request,
    before,
    comesBack,
  };
}

/**
 * Subscribes who pressed the button behind the link, also one who had unsubscribed: they did it in their own inbox.
 * What is known of them already stays; what they typed fills the gaps. Doing it again says the same.
 */
export async function confirm(
  business: Business,
  id: SignUpId,
  evidence: Evidence,
  now: Instant,
): Promise<Standing> {
  for (let attempt = 1; attempt <= tries; attempt++) {
    const standing = await look(business, id, now);
    if (standing.state !== "waiting") return standing;
    if (standing.comesBack) {
      await suppressions.comeBack(business.id, standing.request.email, now);
      continue;
    }
    const customer = await enter(standing, { evidence: { ...kept(standing.request), ...evidence }, now });
    if (customer) return { state: "confirmed", customer };
    await backOff(attempt);
  }
  throw new Error("The sign-up to confirm kept changing");
}

/**
 * Where a business asks for no confirmation: subscribes an address that nobody has, or whose customer was only never
 * asked. Whoever is subscribed, or has unsubscribed, is left as they are: answers undefined.
 */
export async function admit(business: Business, id: SignUpId, now: Instant): Promise<Customer | undefined> {
  for (let attempt = 1; attempt <= tries; attempt++) {
    const standing = await look(business, id, now);
    if (
      standing.state !== "waiting" ||
      standing.comesBack ||
      (standing.before?.consent ?? "pending") !== "pending"
    )
      return undefined;
    const customer = await enter(standing, { evidence: standing.request.evidence, now });
    if (customer) return customer;
    await backOff(attempt);
  }
  throw new Error("The sign-up to admit kept changing");
}

/** What of a request's own evidence is told again where it is confirmed. */
const kept = ({ evidence: { source, file, legalBasis } }: signUps.SignUpRequest) => ({
  ...(source && { source }),
  ...(file && { file }),
  ...(legalBasis && { legalBasis }),
});

/** One transaction; undefined when the customer, the address or the sign-up has changed since it was looked at. */
async function enter(
  { signUp, request, before }: Asked,
  { evidence, now }: { evidence: Evidence; now: Instant },
): Promise<Customer | undefined> {
  const after = joined(before ?? blank(signUp.business, newId("cus"), now), request);
  const planned = plan({ before, after, suppression: undefined, evidence }, now);
  const { customer } = planned;
  const outcomes = await transact([
    ...planned.writes,
    ...proof({ signUp, before, customer }, { evidence, now }),
    signUps.confirmation(signUp, {
      customer: customer.id,
      at: now,
      address: suppressions.hashOf(customer.business, request.email),
    }),
  ]);
  if (outcomes) return undefined;
  await announceJoined(before, customer);
  return customer;
}

function joined(customer: Customer, { email, nickname, birthday, topics, locale }: signUps.SignUpRequest) {
  // A topic that is on unless turned off is written down only where that changes something.
  const chosen = Object.entries(topics).filter(
    ([key, on]) => on !== (ownEntry(customer.topics, key) !== false),
  );
  return {
    ...customer,
    email,
    ...(!customer.nickname && nickname && { nickname }),
    ...(!customer.birthday && birthday && { birthday }),
    ...(!customer.locale && { locale }),
    topics: { ...customer.topics, ...Object.fromEntries(chosen) },
    consent: "subscribed" as const,
  };
}

/** What the plan itself does not record: the request, and the renewed word of one who was subscribed already. */
function proof(
  of: { signUp: signUps.SignUp; before: Customer | undefined; customer: Customer },
  { evidence, now }: { evidence: Evidence; now: Instant },
): Write[] {
  const { signUp, before, customer } = of;
  const asked = signUp.request?.evidence;
  const again = before?.consent === "subscribed" && isDeepStrictEqual(before.topics, customer.topics);
  const version = before?.version ?? 0;
  return [
    ...(asked && asked.way !== evidence.way
      ? [consents.record({ ...customer, version, beside: "asked" }, { at: signUp.at, ...asked })]
      : []),
    ...(again
      ? [
          consents.record(
            { ...customer, beside: "repeated" },
            { at: now, consent: "subscribed", was: "subscribed", ...evidence },
          ),
        ]
      : []),
  ];
}
