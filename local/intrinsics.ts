import type { Created } from "./contract.ts";

/** What intrinsics are resolved against. */
export type Scope = {
  /** Pseudo parameters and the template's own. */
  parameters: Record<string, string>;
  created: ReadonlyMap<string, Created>;
  conditions: Record<string, unknown>;
  /** Logical ids of resources whose condition does not hold. */
  absent: ReadonlySet<string>;
};

/** A value is to be left out, as `Ref: AWS::NoValue` says. */
const noValue = Symbol("AWS::NoValue");

/**
 * The value with every intrinsic replaced by what it stands for. `where` is the logical id that the value
 * belongs to: an intrinsic or attribute that the host does not know is an error that names both.
 */
export function resolve(value: unknown, scope: Scope, where: string): unknown {
  const resolved = resolveAny(value, scope, where);
  return resolved === noValue ? undefined : resolved;
}

function resolveAny(value: unknown, scope: Scope, where: string): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => resolveAny(item, scope, where)).filter((item) => item !== noValue);
  }
  if (!isRecord(value)) return value;

  const intrinsic = intrinsicOf(value);
  if (intrinsic) {
    const [name, argument] = intrinsic;
    const known = intrinsics[name];
    if (!known) throw new Error(`${where} uses ${name}, which the local host does not know`);
    return known(argument, { ...scope, where, of: (inner) => resolveAny(inner, scope, where) });
  }
  const entries = Object.entries(value).map(
    ([key, inner]) => [key, resolveAny(inner, scope, where)] as const,
  );
  return Object.fromEntries(entries.filter(([, inner]) => inner !== noValue));
}

/** `{ Ref: x }` and `{ "Fn::X": … }` stand alone in their object; all else is data. */
function intrinsicOf(value: Record<string, unknown>): [name: string, argument: unknown] | undefined {
  const entries = Object.entries(value);
  const [only] = entries;
  if (!only || entries.length > 1) return undefined;
  return only[0] === "Ref" || only[0].startsWith("Fn::") ? only : undefined;
}

type Context = Scope & { where: string; of: (value: unknown) => unknown };

const intrinsics: Record<string, (argument: unknown, context: Context) => unknown> = {
  Ref: (name, context) => reference(String(name), context),
  "Fn::GetAtt": (argument, context) => {
    const [id = "", ...rest] = typeof argument === "string" ? argument.split(".") : asList(argument, context);
    return attribute(String(id), rest.join("."), context);
  },
  "Fn::Join": (argument, context) => {
    const [separator, parts] = asList(argument, context);
    return asList(context.of(parts), context).map(String).join(String(separator));
  },
  "Fn::Select": (argument, context) => {
    const [index, list] = asList(argument, context);
    const items = asList(context.of(list), context);
    const item = items[Number(context.of(index))];
    if (item === undefined) throw new Error(`${context.where} selects item ${index} of ${items.length}`);
    return item;
  },
  "Fn::Split": (argument, context) => {
    const [separator, text] = asList(argument, context);
    return String(context.of(text)).split(String(separator));
  },
  "Fn::Sub": (argument, context) => {
    const [text, own] = typeof argument === "string" ? [argument, {}] : asList(argument, context);
    const variables = isRecord(own) ? own : {};
    return String(text).replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
      if (literal) return `\${${name}}`;
      if (name in variables) return String(context.of(variables[name]));
      const [id = "", ...rest] = name.split(".");
      return String(rest.length ? attribute(id, rest.join("."), context) : reference(name, context));
    });
  },
  "Fn::If": (argument, context) => {
    const [name, whenTrue, whenFalse] = asList(argument, context);
    return context.of(condition(String(name), context) ? whenTrue : whenFalse);
  },
};

function reference(name: string, context: Context): unknown {
  if (name === "AWS::NoValue") return noValue;
  const created = context.created.get(name);
  if (created) return created.ref;
  const parameter = context.parameters[name];
  if (parameter !== undefined) return parameter;
  throw new Error(`${context.where} refers to ${name}, which ${missing(name, context)}`);
}

function attribute(id: string, name: string, context: Context): string {
  const created = context.created.get(id);
  if (!created) throw new Error(`${context.where} uses ${id}.${name}, but ${id} ${missing(id, context)}`);
  const value = created.attributes[name];
  if (value === undefined) {
    throw new Error(`${context.where} uses ${id}.${name}, an attribute which the local host does not give`);
  }
  return value;
}

const missing = (id: string, { absent }: Scope) =>
  absent.has(id) ? "is left out by its condition" : "is neither a resource nor a parameter of the template";

/** Whether the template's condition with this name holds. */
export function condition(name: string, scope: Scope & { where: string }): boolean {
  if (!(name in scope.conditions)) {
    throw new Error(`${scope.where} depends on the condition ${name}, which the template does not define`);
  }
  return holds(scope.conditions[name], { ...scope, where: `Condition ${name}` });
}

function holds(expression: unknown, scope: Scope & { where: string }): boolean {
  const [entry] = isRecord(expression) ? Object.entries(expression) : [];
  if (!entry) throw new Error(`${scope.where} is not a condition`);
  const [name, argument] = entry;
  if (name === "Condition") return condition(String(argument), scope);
  if (!Array.isArray(argument)) throw new Error(`${scope.where}: ${name} wants a list`);
  switch (name) {
    case "Fn::Equals": {
      const [left, right] = argument.map((side) => resolve(side, scope, scope.where));
      return left === right;
    }
    case "Fn::And":
      return argument.every((inner) => holds(inner, scope));
    case "Fn::Or":
      return argument.some((inner) => holds(inner, scope));
    case "Fn::Not":
      return !holds(argument[0], scope);
    default:
      throw new Error(`${scope.where} uses ${name}, which the local host does not know`);
  }
}

/** Every name that a value refers to by `Ref`, `Fn::GetAtt` or `Fn::Sub`, whether resource or parameter. */
export function references(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (!isRecord(value)) return [];
  const intrinsic = intrinsicOf(value);
  if (!intrinsic) return Object.values(value).flatMap(references);
  const [name, argument] = intrinsic;
  if (name === "Ref") return [String(argument)];
  if (name === "Fn::GetAtt") {
    return [String(typeof argument === "string" ? argument.split(".")[0] : (argument as unknown[])[0])];
  }
  if (name === "Fn::Sub") {
    const [text, own] = typeof argument === "string" ? [argument, {}] : (argument as [string, unknown]);
    const names = [...text.matchAll(/\$\{([^!}.][^}.]*)/g)].map((match) => match[1] ?? "");
    return [...names, ...references(own)];
  }
  return references(argument);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function asList(value: unknown, { where }: { where: string }): unknown[] {
  if (!Array.isArray(value)) throw new Error(`${where} gives an intrinsic something other than a list`);
  return value;
}
