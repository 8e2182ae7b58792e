import type { Business } from "../businesses.ts";
import {
  type ColumnMapping,
  customerFields,
  isConsentField,
  maxMappedValues,
  orderFields,
} from "./mapping.ts";
import type { ColumnReading, Import } from "./record.ts";

/** Why a mapping can't be, for each entry that can't, by the field of the entry that is at fault. */
export function mappingProblems(
  kind: Import["kind"],
  business: Business,
  mapping: readonly ColumnMapping[],
): { field: string; message: string }[] {
  const own = [
    ...Object.keys(business.attributes).map((name) => `attributes.${name}`),
    ...business.topics.map(({ key }) => `topics.${key}`),
  ];
  const fields: readonly string[] = kind === "customers" ? [...customerFields, ...own] : orderFields;
  let told = 0;
  return mapping.flatMap(({ column, field, values, otherwise }, index) => {
    const at = (part: string, message: string) => [{ field: `mapping.${index}.${part}`, message }];
    told += values?.length ?? 0;
    if (told > maxMappedValues) return at("values", `must be at most ${maxMappedValues} in all columns`);
    const same = mapping.findIndex((other) => other.column.toLowerCase() === column.toLowerCase());
    if (same < index) return at("column", "is named twice");
    if (field !== null && !fields.includes(field)) {
      return at("field", `is not a field here; known are ${fields.join(", ")}`);
    }
    if ((values || otherwise) && !(field && isConsentField(field))) {
      return at(values ? "values" : "otherwise", "is only for columns of consent");
    }
    if (field === null || isConsentField(field)) return [];
    const first = mapping.findIndex((other) => other.field === field);
    return first < index ? at("field", `is the field of the column ${mapping[first]?.column} already`) : [];
  });
}

/** What a file lacks for its kind, in the owner's words. */
export function missing(kind: Import["kind"], columns: readonly ColumnReading[]): string | undefined {
  const has = (field: string) => columns.some((column) => column.field === field);
  const lacks = [
    ...(["email", "phone", "externalId"].some(has) ? [] : ["email, phone or externalId"]),
    ...(kind === "orders" && !has("id") ? ["the order's id"] : []),
    ...(kind === "orders" && !has("placedAt") ? ["placedAt"] : []),
    ...(kind === "orders" && !has("total") && !has("price") ? ["total"] : []),
  ];
  return lacks.length ? lacks.join(", ") : undefined;
}
