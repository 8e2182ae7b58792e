import { isObject, type Json } from "./protocol.ts";

type Path = readonly string[];
/** Judges the values found at a path: none when the field is absent, several when it is an array. */
type Test = (values: readonly unknown[]) => boolean;
export type Matcher = (event: unknown) => boolean;

/**
 * Compiles an EventBridge event pattern. Throws for an operator that it does not know, naming it: a rule must not
 * match less or more here than on AWS.
 */
export function compilePattern(pattern: unknown, path: Path = []): Matcher {
  if (!isObject(pattern) || Object.keys(pattern).length === 0) {
    throw new Error(`The pattern at ${path.join(".") || "its root"} must be an object with a field`);
  }
  const matchers = Object.entries(pattern).map(([name, value]) => {
    if (name === "$or") return either(value, path);
    const here = [...path, name];
    if (!Array.isArray(value)) return compilePattern(value, here);
    if (value.length === 0) throw new Error(`The pattern at ${here.join(".")} must not be an empty list`);
    const tests = value.map((rule) => testOf(rule, here));
    return (event: unknown) => {
      const values = valuesAt(event, here);
      return tests.some((test) => test(values));
    };
  });
  return (event) => matchers.every((matches) => matches(event));
}

function either(alternatives: unknown, path: Path): Matcher {
  if (!Array.isArray(alternatives) || alternatives.length < 2)
    throw new Error("$or takes a list of two patterns or more");
  const matchers = alternatives.map((alternative) => compilePattern(alternative, path));
  return (event) => matchers.some((matches) => matches(event));
}

function testOf(rule: unknown, path: Path): Test {
  if (!isObject(rule)) return (values) => values.includes(rule);
  const [operator = "", ...others] = Object.keys(rule);
  if (others.length > 0)
    throw new Error(`The pattern at ${path.join(".")} has an operator too many: ${others[0]}`);
  if (operator === "exists") {
    if (typeof rule.exists !== "boolean") throw new Error(`exists at ${path.join(".")} takes true or false`);
    return (values) => values.length > 0 === rule.exists;
  }
  if (operator === "anything-but") {
    const excluded = excludedBy(rule[operator], path);
    return (values) => values.length > 0 && !values.some(excluded);
  }
  const matches = comparison(operator, rule[operator], path);
  return (values) => values.some(matches);
}

function excludedBy(operand: unknown, path: Path): (value: unknown) => boolean {
  if (isObject(operand)) {
    const [operator = "", ...others] = Object.keys(operand);
    if (others.length > 0 || operator === "numeric") throw unknown(`anything-but ${operator}`, path);
    const options = [operand[operator]].flat();
    const tests = options.map((option) => comparison(operator, option, path));
    return (value) => tests.some((test) => test(value));
  }
  const options: unknown[] = [operand].flat();
  return (value) => options.includes(value);
}

function comparison(operator: string, operand: unknown, path: Path): (value: unknown) => boolean {
  const onText = (compare: (value: string, wanted: string) => boolean) => {
    const { wanted, fold } = textOf(operand, operator, path);
    return (value: unknown) => typeof value === "string" && compare(fold(value), fold(wanted));
  };
  switch (operator) {
    case "prefix":
      return onText((value, wanted) => value.startsWith(wanted));
    case "suffix":
      return onText((value, wanted) => value.endsWith(wanted));
    case "equals-ignore-case":
      return onText((value, wanted) => value.toLowerCase() === wanted.toLowerCase());
    case "wildcard": {
      const { wanted } = textOf(operand, operator, path);
      const expression = new RegExp(`^${wanted.split("*").map(escaped).join("[^]*")}$`);
      return (value) => typeof value === "string" && expression.test(value);
    }
    case "numeric":
      return numeric(operand, path);
    default:
      throw unknown(operator, path);
  }
}

function textOf(operand: unknown, operator: string, path: Path) {
  if (typeof operand === "string") return { wanted: operand, fold: (value: string) => value };
  const folded =
    isObject(operand) && Object.keys(operand).length === 1 ? operand["equals-ignore-case"] : undefined;
  if (typeof folded === "string" && (operator === "prefix" || operator === "suffix")) {
    return { wanted: folded, fold: (value: string) => value.toLowerCase() };
  }
  throw unknown(`${operator} ${JSON.stringify(operand)}`, path);
}

function numeric(operand: unknown, path: Path): (value: unknown) => boolean {
  const parts: unknown[] = Array.isArray(operand) ? operand : [];
  if (parts.length !== 2 && parts.length !== 4) throw unknown(`numeric ${JSON.stringify(operand)}`, path);
  const bounds: ((value: number) => boolean)[] = [];
  for (let index = 0; index < parts.length; index += 2) {
    const [sign, bound] = [parts[index], parts[index + 1]];
    if (typeof bound !== "number") throw unknown(`numeric ${JSON.stringify(operand)}`, path);
    if (sign === "=") bounds.push((value) => value === bound);
    else if (sign === "<") bounds.push((value) => value < bound);
    else if (sign === "<=") bounds.push((value) => value <= bound);
    else if (sign === ">") bounds.push((value) => value > bound);
    else if (sign === ">=") bounds.push((value) => value >= bound);
    else throw unknown(`numeric ${String(sign)}`, path);
  }
  return (value) => typeof value === "number" && bounds.every((within) => within(value));
}

const unknown = (operator: string, path: Path) =>
  new Error(
    `The local host does not understand the operator ${operator} in the event pattern at ${path.join(".")}`,
  );

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Every value that a path leads to; arrays on the way are looked through, as EventBridge does. */
function valuesAt(event: unknown, path: Path): unknown[] {
  const [name, ...rest] = path;
  if (Array.isArray(event)) return event.flatMap((entry) => valuesAt(entry, path));
  if (name === undefined) return isObject(event) ? [] : [event];
  return isObject(event) && hasOwn(event, name) ? valuesAt(event[name], rest) : [];
}

const hasOwn = (value: Json, name: string) => Object.hasOwn(value, name);
