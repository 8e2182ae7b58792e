import { callable, handlebars, isCallable, isEmpty } from "./helpers.ts";
import type { View } from "./view.ts";

/**
 * Handlebars for the hot path: the same AST as functions, without Handlebars' set-up of each call. It knows
 * only what syntax.ts lets through, and a property test holds it to Handlebars' own output byte for byte.
 */
export type Printer = (view: View) => string;

/** Where an expression is read: the value around it, and inside a loop its place and the scope outside. */
type Scope = { value: unknown; up: Scope | undefined; index: number; last: boolean };
type Print = (scope: Scope) => string;
type Value = (scope: Scope) => unknown;

const escapeHtml = handlebars.Utils.escapeExpression;

/** A function that prints one top-level node; `escaped` for HTML. */
export function printerOf(node: hbs.AST.Statement, escaped: boolean): Printer {
  const print = statement(node, escaped);
  return (view) => print({ value: view, up: undefined, index: 0, last: false });
}

function program(node: hbs.AST.Program | undefined, escaped: boolean): Print {
  const prints = (node?.body ?? [])
    .filter(({ type }) => type !== "CommentStatement")
    .map((child) => statement(child, escaped));
  return (scope) => {
    let text = "";
    for (const print of prints) text += print(scope);
    return text;
  };
}

function statement(node: hbs.AST.Statement, escaped: boolean): Print {
  if (node.type === "ContentStatement") {
    const { value } = node as hbs.AST.ContentStatement;
    return () => value;
  }
  if (node.type === "MustacheStatement") {
    const { path, params } = node as hbs.AST.MustacheStatement;
    const value = params.length > 0 ? call(path, params) : expression(path);
    return escaped ? (scope) => escapeHtml(value(scope) as string) : (scope) => plain(value(scope));
  }
  if (node.type === "BlockStatement") return block(node as hbs.AST.BlockStatement, escaped);
  throw new Error(`A compiled template holds a ${node.type}`);
}

const plain = (value: unknown): string => (value === null || value === undefined ? "" : String(value));

function block(node: hbs.AST.BlockStatement, escaped: boolean): Print {
  const [param] = node.params;
  if (!param) throw new Error("A compiled template holds a block without a value");
  const value = expression(param);
  const main = program(node.program, escaped);
  const other = program(node.inverse, escaped);
  switch (node.path.original) {
    case "if":
      return (scope) => (isEmpty(value(scope)) ? other(scope) : main(scope));
    case "unless":
      return (scope) => (isEmpty(value(scope)) ? main(scope) : other(scope));
    case "each":
      return loop({ value, main, other, alone: looksNowhereElse(node.program) });
    default:
      throw new Error(`A compiled template holds a block of ${node.path.original}`);
  }
}

type Loop = {
  value: Value;
  main: Print;
  other: Print /** Prints nothing but what is in the list. */;
  alone: boolean;
};

/** Where many mails show the same list (the very same, not one like it) it is printed once for all of them. */
function loop({ value, main, other, alone }: Loop): Print {
  const printed = new WeakMap<unknown[], string>();
  return (up) => {
    const list = value(up);
    if (!Array.isArray(list) || list.length === 0) return other(up);
    const known = printed.get(list);
    if (known !== undefined) return known;
    let text = "";
    for (let index = 0; index < list.length; index++) {
      text += main({ value: list[index], up, index, last: index === list.length - 1 });
    }
    if (alone) printed.set(list, text);
    return text;
  };
}

/** Whether nothing inside reaches out of the list, as `../customer.name` would. */
function looksNowhereElse(program: hbs.AST.Program): boolean {
  let inside = true;
  JSON.stringify(program, (key, value) => {
    if (key === "depth" && value > 0) inside = false;
    return key === "loc" ? undefined : value;
  });
  return inside;
}

function expression(node: hbs.AST.Expression): Value {
  switch (node.type) {
    case "PathExpression":
      return lookUp(node as hbs.AST.PathExpression);
    case "SubExpression": {
      const { path, params } = node as hbs.AST.SubExpression;
      return call(path, params);
    }
    case "StringLiteral":
    case "NumberLiteral": {
      const { value } = node as hbs.AST.StringLiteral | hbs.AST.NumberLiteral;
      return () => value;
    }
    default:
      throw new Error(`A compiled template holds a ${node.type}`);
  }
}

function call(path: hbs.AST.Expression, params: hbs.AST.Expression[]): Value {
  const { original } = path as hbs.AST.PathExpression;
  if (!isCallable(original)) throw new Error(`A compiled template calls ${original}`);
  const [first, second] = params.map(expression);
  const run: (a: unknown, b: unknown) => unknown = callable[original];
  return (scope) => run(first?.(scope), second?.(scope));
}

function lookUp({ data, depth, parts, original }: hbs.AST.PathExpression): Value {
  if (data) return loopVariable(original);
  const [first, second] = parts;
  // Most are `customer.nickname` or, in a loop, `name`: spared the general loop.
  if (depth === 0 && parts.length === 1 && first !== undefined) return (scope) => own(scope.value, first);
  if (depth === 0 && parts.length === 2 && first !== undefined && second !== undefined) {
    return (scope) => own(own(scope.value, first), second);
  }
  return (scope) => {
    let at: Scope | undefined = scope;
    for (let step = 0; step < depth; step++) at = at?.up;
    let value = at?.value;
    for (const part of parts) value = own(value, part);
    return value;
  };
}

function own(value: unknown, name: string): unknown {
  if (value === null || value === undefined || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

function loopVariable(name: string): Value {
  if (name === "@index") return ({ index, up }) => (up ? index : undefined);
  if (name === "@first") return ({ index, up }) => (up ? index === 0 : undefined);
  return ({ last, up }) => (up ? last : undefined);
}
