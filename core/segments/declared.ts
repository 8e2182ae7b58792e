import type { AttributeType, Business } from "../businesses.ts";
import { ownEntry } from "../dictionaries.ts";
import { type Problem, SapaError } from "../errors.ts";
import type { Condition, SegmentDefinition } from "./definition.ts";

type AttributeCondition = Extract<Condition, { attribute: string }>;

/** Throws `invalid`, naming the field, when a definition speaks of attributes or topics that the business lacks. */
export function assertDeclared(business: Business, definition: SegmentDefinition): void {
  const problems = undeclared(definition, business);
  if (problems.length) throw new SapaError("invalid", "The segment does not fit the business", problems);
}

/**
 * What a definition says of attributes and topics that the business has not declared, or not so; `field` begins
 * with `definition`. Nothing when all is well.
 */
export function undeclared(
  definition: SegmentDefinition,
  business: Pick<Business, "attributes" | "topics">,
  path = "definition",
): Problem[] {
  if ("not" in definition) return undeclared(definition.not, business, `${path}.not`);
  const [key, parts] =
    "all" in definition ? ["all", definition.all] : "any" in definition ? ["any", definition.any] : [];
  if (parts) return parts.flatMap((part, at) => undeclared(part, business, `${path}.${key}.${at}`));
  if ("attribute" in definition) return attributeProblems(definition, business.attributes, path);
  if ("topic" in definition && !business.topics.some((topic) => topic.key === definition.topic)) {
    const known = business.topics.map((topic) => topic.key).join(", ");
    return [{ field: `${path}.topic`, message: `is not a topic of this business, which has ${known}` }];
  }
  return [];
}

const operators: Record<AttributeType, readonly (keyof AttributeCondition)[]> = {
  text: ["is", "isNot", "contains", "exists"],
  number: ["is", "isNot", "above", "below", "exists"],
  boolean: ["is", "isNot", "exists"],
  date: ["is", "isNot", "before", "after", "exists"],
};

function attributeProblems(
  condition: AttributeCondition,
  declared: Business["attributes"],
  path: string,
): Problem[] {
  const type = ownEntry(declared, condition.attribute);
  if (!type) {
    const known = Object.keys(declared).join(", ") || "none";
    return [
      { field: `${path}.attribute`, message: `is not an attribute of this business, which has ${known}` },
    ];
  }
  const given = Object.keys(condition).filter((key) => key !== "attribute") as (keyof AttributeCondition)[];
  return given.flatMap((operator) => {
    const field = `${path}.${operator}`;
    if (!operators[type].includes(operator)) {
      return [{ field, message: `does not go with a ${type}: use one of ${operators[type].join(", ")}` }];
    }
    const compares = operator === "is" || operator === "isNot";
    return compares && !isOf(type, condition[operator])
      ? [{ field, message: `must be a ${type}, as ${condition.attribute} is` }]
      : [];
  });
}

function isOf(type: AttributeType, value: unknown): boolean {
  if (type === "text") return typeof value === "string";
  if (type === "date") return typeof value === "string" && /^\d{4}-\d{2}-\d{2}$/.test(value);
  return typeof value === type;
}
