import type { Actor, AwsAnswer, AwsRequest } from "../contract.ts";
import type { Stack } from "../template.ts";
import type { Context } from "./conditions.ts";
import { type Identities, identitiesOf, type Role } from "./identities.ts";
import { dynamoDbNeeds } from "./needs/dynamodb.ts";
import { eventsNeeds } from "./needs/events.ts";
import { lambdaNeeds } from "./needs/lambda.ts";
import type { Need, NeedsOf } from "./needs/need.ts";
import { s3Needs } from "./needs/s3.ts";
import { schedulerNeeds } from "./needs/scheduler.ts";
import { secretsNeeds } from "./needs/secrets.ts";
import { sesNeeds } from "./needs/ses.ts";
import { sqsNeeds } from "./needs/sqs.ts";
import { decide, type Policy, type Principal } from "./policy.ts";
import { type Denial, NotAllowed, refusalAnswer } from "./refusals.ts";
import { Uses } from "./uses.ts";

/** Who signed a call: a function by its logical id, the operator, or nobody that is known. */
export type Caller = { function: string } | "operator" | "unknown-key" | "unsigned";

type ServiceActor = Extract<Actor, { service: string }>;

const needsOf: Record<string, NeedsOf> = {
  DYNAMODB: dynamoDbNeeds,
  SQS: sqsNeeds,
  SESV2: sesNeeds,
  S3: s3Needs,
  SCHEDULER: schedulerNeeds,
  EVENTBRIDGE: eventsNeeds,
  SECRETS_MANAGER: secretsNeeds,
  LAMBDA: lambdaNeeds,
};

/** `user` is how AWS calls who asks; `holder` is who has the rights, in the report of what was used. */
type Asker = { user: string; principal: Principal; role: Role | undefined; holder: string };

/**
 * Allows what the policies of the synthesised template allow, and nothing else. Within one account, a policy of the
 * caller or of the resource may allow, and either may deny.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export class Guard {
  readonly uses: Uses;
  readonly #identities: Identities;

  constructor(stack: Stack, naming: { account: string; region: string }) {
    this.#identities = identitiesOf(stack, naming);
    this.uses = new Uses(this.#identities);
  }

  /** What a service answers when a call is not allowed; undefined when it is. */
  refuse(
    endpoint: string,
    { caller, request }: { caller: Caller; request: AwsRequest },
  ): AwsAnswer | undefined {
    // An operator is an administrator: nothing is denied to them, and what they do is not what functions need.
    if (caller === "operator") return undefined;
    if (typeof caller === "string") return refusalAnswer(endpoint, { reason: caller });
    const needs = needsOf[endpoint];
    if (!needs) throw new Error(`It is not known what calls of ${endpoint} need`);
    const asker = this.#functionAsker(caller.function);
    // The hundred writes of a transaction are mostly of one kind.
    const different = new Map(
      needs(request, this.#identities.names).map((need) => [need.action + need.resource, need]),
    );
    for (const need of different.values()) {
      const refusal = this.#judge(asker, need);
      if (refusal) return refusalAnswer(endpoint, { reason: "denied", ...refusal });
    }
    return undefined;
  }

  /** Throws NotAllowed unless a part of AWS may do for the stack what it is about to do. */
  allow(actor: Actor, action: string, resource: string): void {
    const asker = "function" in actor ? this.#functionAsker(actor.function) : this.#serviceAsker(actor);
    const context = "function" in actor ? {} : this.#sourceOf(actor);
    const refusal = this.#judge(asker, { action, resource, context });
    if (refusal) throw new NotAllowed(refusal);
  }

  /** Whether a role lets a service take it, for what that service does on behalf of `source`. */
  trusts(actor: Required<ServiceActor>): boolean {
    const role = this.#identities.roles.get(actor.role);
    const question = {
      principal: { service: actor.service },
      action: "sts:AssumeRole",
      resource: actor.role,
      context: { ...this.#sourceOf(actor), ...this.#always({ service: actor.service }) },
    };
    return role !== undefined && decide([role.trust], question).effect === "Allow";
  }

  #functionAsker(function_: string): Asker {
    const { name, role } = this.#identities.functions.get(function_) ?? { name: function_, role: undefined };
    return this.#roleAsker(role, { session: name, holder: name });
  }

  #serviceAsker(actor: ServiceActor): Asker {
    const { service, role: arn } = actor;
    if (arn === undefined) return { user: service, principal: { service }, role: undefined, holder: service };
    if (!this.trusts({ ...actor, role: arn })) {
      throw new NotAllowed({ user: service, action: "sts:AssumeRole", resource: arn, explicitly: undefined });
    }
    const role = this.#identities.roles.get(arn);
    return this.#roleAsker(role, { session: service.split(".")[0] ?? service, holder: role?.name ?? arn });
  }

  #roleAsker(role: Role | undefined, { session, holder }: { session: string; holder: string }): Asker {
    const user = `arn:aws:sts::${this.#identities.names.account}:assumed-role/${role?.name ?? "none"}/${session}`;
    return { user, principal: { role: role?.arn ?? "", session: user }, role, holder };
  }

  #judge({ user, principal, role, holder }: Asker, { action, resource, context }: Need): Denial | undefined {
    const question = { principal, action, resource, context: { ...this.#always(principal), ...context } };
    const ofRole = decide(role?.policies ?? [], question);
    const ofResource = decide(this.#policiesOn(resource), question);
    const denied = { user, action, resource };
    if (ofRole.effect === "Deny") return { ...denied, explicitly: "identity" };
    if (ofResource.effect === "Deny") return { ...denied, explicitly: "resource" };
    const by =
      ofRole.effect === "Allow" ? ofRole.by : ofResource.effect === "Allow" ? ofResource.by : undefined;
    if (!by) return { ...denied, explicitly: undefined };
    this.uses.note(holder, by);
    return undefined;
  }

  /** A bucket's policy is about its objects too. */
  #policiesOn(resource: string): readonly Policy[] {
    const policies = this.#identities.resourcePolicies;
    const bucket = resource.startsWith("arn:aws:s3:::") ? resource.split("/")[0] : undefined;
    return policies.get(bucket ?? resource) ?? [];
  }

  /** On AWS every call comes over TLS; that this host is spoken to without is of no concern to a policy. */
  #always(principal: Principal): Context {
    const { account, region } = this.#identities.names;
    const isService = "service" in principal;
    return {
      "aws:securetransport": "true",
      "aws:requestedregion": region,
      "aws:principalisawsservice": String(isService),
      ...(!isService && { "aws:principalarn": principal.role, "aws:principalaccount": account }),
    };
  }

  #sourceOf({ source }: { source: string }): Context {
    return { "aws:sourcearn": source, "aws:sourceaccount": this.#identities.names.account };
  }
}
