import type { Resource } from "../contract.ts";

/**
 * Refuses a resource with a property that the local host does not understand: a stack that runs here must not
 * behave differently on AWS because a setting was skipped in silence.
 */
export function allowOnly(resource: Resource, known: readonly string[]): void {
  for (const name of Object.keys(resource.properties)) {
    if (!known.includes(name)) refuse(resource, name);
  }
}

export function refuse(resource: Pick<Resource, "logicalId" | "type">, property: string): never {
  throw new Error(
    `${resource.logicalId} (${resource.type}): the local host does not understand the property ${property}`,
  );
}

/** A numeric property (templates also carry numbers as text). */
export function numberOf(resource: Resource, name: string, fallback: number): number {
  const value = resource.properties[name];
  if (value === undefined) return fallback;
  const number = Number(value);
  if (!Number.isFinite(number)) refuse(resource, `${name}=${JSON.stringify(value)}`);
  return number;
}

/** The name that a resource is given when the template leaves it to CloudFormation. */
export const nameOf = (resource: Resource, property: string): string => {
  const given = resource.properties[property];
  return typeof given === "string" && given !== "" ? given : resource.logicalId;
};

/** The last part of an ARN whose resource is its own name, `arn:aws:sqs:us-east-1:000000000000:sends`. */
export const lastOfArn = (arn: string): string => arn.split(":").at(-1) ?? arn;
