import { isObject, type Json, text } from "../services/protocol.ts";
import { type Condition, type Context, compileCondition, withoutVariables } from "./conditions.ts";
import { actionPattern, arnPattern, type Matches } from "./patterns.ts";

/** Who asks: a role's session, or an AWS service. */
export type Principal = { role: string; session: string } | { service: string };

/** What a service asks before it does anything: may this principal do this to that, under these circumstances? */
export type Question = { principal: Principal; action: string; resource: string; context: Context };

/** One action on one resource, both as the policy writes them, wildcards and all. */
export type Grant = { action: string; resource: string };

/** What one set of policies says: an explicit denial outweighs everything, and silence allows nothing. */
export type Decision = { effect: "Allow" | "Deny"; by: Grant } | { effect: "None" };

type Pattern = { written: string; matches: Matches };
type Statement = {
  effect: "Allow" | "Deny";
  actions: Pattern[];
  /** NotAction: every action but these. */
  otherActions: boolean;
  resources: Pattern[];
  otherResources: boolean;
  /** Undefined in a policy of a role, which is about whoever has the role. */
  principals: ((principal: Principal) => boolean) | undefined;
  /** The AWS services among the principals. */
  services: string[];
  holds: Condition;
};
export type Policy = readonly Statement[];

const elements = [
  ...["Sid", "Effect", "Principal", "Action", "NotAction", "Resource", "NotResource", "Condition"],
];

/** Reads a policy document with all its references resolved; an element that is not understood is an error. */
export function compilePolicy(document: unknown): Policy {
  const { Statement: statements } = isObject(document) ? document : {};
  return [statements].flat().map((statement) => compileStatement(isObject(statement) ? statement : {}));
}

function compileStatement(statement: Json): Statement {
  const unknown = Object.keys(statement).find((element) => !elements.includes(element));
  if (unknown !== undefined) throw new Error(`the local host does not understand ${unknown} in a policy`);
  const { Effect, Principal, Action, NotAction, Resource, NotResource, Condition } = statement;
  if (Effect !== "Allow" && Effect !== "Deny") throw new Error(`a policy has the effect ${String(Effect)}`);
  // The trust policy of a role names no resource: it is about the role.
  const resources = Resource ?? NotResource ?? "*";
  return {
    effect: Effect,
    actions: patternsOf(Action ?? NotAction, actionPattern),
    otherActions: Action === undefined,
    resources: patternsOf(resources, arnPattern),
    otherResources: NotResource !== undefined,
    principals: Principal === undefined ? undefined : compilePrincipal(Principal),
    services: isObject(Principal) ? [Principal.Service ?? []].flat().map(String) : [],
    holds: compileCondition(Condition),
  };
}

const patternsOf = (value: unknown, compile: (pattern: string) => Matches): Pattern[] =>
  [value].flat().map((one) => {
    const written = withoutVariables(text(one) ?? "");
    if (written === "") throw new Error(`a policy names ${JSON.stringify(one)} for an action or a resource`);
    return { written, matches: compile(written) };
  });

/** `*`, `{ AWS: "*" }`, the ARN of a role or of its session, or `{ Service: "events.amazonaws.com" }`. */
function compilePrincipal(value: unknown): (principal: Principal) => boolean {
  if (value === "*") return () => true;
  const named = isObject(value) ? value : {};
  const unknown = Object.keys(named).find((kind) => kind !== "AWS" && kind !== "Service");
  if (unknown !== undefined || !isObject(value)) {
    throw new Error(`the local host does not understand the principal ${JSON.stringify(value)}`);
  }
  const arns = [named.AWS ?? []].flat().map(String);
  const services = [named.Service ?? []].flat().map(String);
  // To allow an account is to leave the choice to its own policies, to deny it means all in it.
  const account = arns.find((arn) => /^\d+$|:root$/.test(arn));
  if (account)
    throw new Error(`the local host does not understand the principal ${account}: it has no accounts`);
  return (principal) => {
    if ("service" in principal) return services.includes(principal.service) || arns.includes("*");
    return arns.some((arn) => arn === "*" || arn === principal.role || arn === principal.session);
  };
}

/** Asks policies of one kind, all of a role or all of a resource. */
export function decide(policies: readonly Policy[], question: Question): Decision {
  let allowed: Decision = { effect: "None" };
  for (const policy of policies) {
    for (const statement of policy) {
      if (statement.effect === "Allow" && allowed.effect === "Allow") continue;
      const by = grantIn(statement, question);
      if (!by || !statement.holds(question.context)) continue;
      if (statement.effect === "Deny") return { effect: "Deny", by };
      allowed = { effect: "Allow", by };
    }
  }
  return allowed;
}

/** The part of a statement that speaks of the question, whatever its condition. */
function grantIn(statement: Statement, { principal, action, resource }: Question): Grant | undefined {
  const { principals, actions, otherActions, resources, otherResources } = statement;
  const spokenOf = applying(actions, otherActions, action);
  if (spokenOf === undefined) return undefined;
  const place = applying(resources, otherResources, resource);
  if (place === undefined || (principals && !principals(principal))) return undefined;
  return { action: spokenOf, resource: place };
}

/** The pattern that applies, as written; of `Not…` all of them, since together they say what does. */
function applying(patterns: readonly Pattern[], others: boolean, given: string): string | undefined {
  const found = patterns.find(({ matches }) => matches(given));
  if (!others) return found?.written;
  return found ? undefined : `not ${patterns.map(({ written }) => written).join(", ")}`;
}

/** Everything that policies allow, one action on one resource at a time, and the AWS services that they allow it. */
export const grantsOf = (policies: readonly Policy[]): (Grant & { services: string[] })[] =>
  policies.flat().flatMap((statement) => (statement.effect === "Deny" ? [] : allOf(statement)));

function allOf({ actions, otherActions, resources, otherResources, services }: Statement) {
  const written = (patterns: readonly Pattern[], others: boolean) => {
    const names = patterns.map((pattern) => pattern.written);
    return others ? [`not ${names.join(", ")}`] : names;
  };
  return written(actions, otherActions).flatMap((action) =>
    written(resources, otherResources).map((resource) => ({ action, resource, services })),
  );
}
