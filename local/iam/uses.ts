import type { Identities } from "./identities.ts";
import { type Grant, grantsOf } from "./policy.ts";

/** Who may do something: a function or a role by its name, or an AWS service. */
export type Held = Grant & { holder: string };

/** Remembers which of the rights that a stack gives were of use. */
export class Uses {
  readonly #identities: Identities;
  readonly #used = new Map<string, Held>();

  constructor(identities: Identities) {
    this.#identities = identities;
  }

  note(holder: string, { action, resource }: Grant): void {
    const key = `${holder} ${action} ${resource}`;
    if (!this.#used.has(key)) this.#used.set(key, { holder, action, resource });
  }

  used(): Held[] {
    return [...this.#used.values()];
  }

  /** Everything that the stack's policies allow its functions, its other roles, and the services that act for it. */
  granted(): Held[] {
    const { functions, roles, resourcePolicies } = this.#identities;
    const ofFunctions = new Map([...functions.values()].map((one) => [one.role?.arn, one.name]));
    const ofRoles = [...roles.values()].flatMap(({ arn, name, policies }) =>
      grantsOf(policies).map(({ action, resource }) => ({
        holder: ofFunctions.get(arn) ?? name,
        action,
        resource,
      })),
    );
    const ofServices = grantsOf([...resourcePolicies.values()].flat()).flatMap(
      ({ services, action, resource }) => services.map((holder) => ({ holder, action, resource })),
    );
    const all = [...ofRoles, ...ofServices];
    return [...new Map(all.map((held) => [Object.values(held).join(" "), held])).values()];
  }
}
