import { type Fault, syntaxFault } from "./faults.ts";
import { arity, handlebars, isCallable } from "./helpers.ts";
import { excess, maxFaults } from "./limits.ts";
import { type Found, nearest, resolve, root, type Scope, sharedRoots } from "./variables.ts";

export type Reading = {
  program: hbs.AST.Program;
  /** Paths of the variables used, sorted. */
  uses: string[];
  /** Those among them that are printed outside of every block, and so in every mail. */
  always: string[];
  faults: Fault[];
};

/** Nesting beyond this is nobody's mail: loops multiply, and depth is what attacks on parsers are made of. */
const deepest = 8;
const deepestLoops = 2;
/** Expressions in one part: far more than any mail has, few enough that parsing and rendering stay cheap. */
const mostNodes = 500;
/** Of calls in calls, as `(encode (default a b))` has two. */
const deepestCalls = 3;

/**
 * Parses Handlebars that comes from an owner and checks it against what templates may do: print and compare
 * known variables, `if`, `unless`, `each` over a list, and the few helpers. Everything else that Handlebars
 * can do (partials, decorators, raw blocks, unescaped output, other helpers, other properties) is a fault.
 */
export function read(source: string, options: { attributes?: readonly string[] } = {}): Reading {
  const fault = excess(source);
  if (fault) return unread(fault);
  try {
    const program = handlebars.parse(source);
    const reader = new Reader(options.attributes);
    reader.program(program, { scopes: [root], depth: 0, loops: 0 });
    return {
      program,
      uses: [...reader.uses].sort(),
      always: [...reader.always].sort(),
      faults: reader.faults,
    };
  } catch (error) {
    return unread(syntaxFault(error));
  }
}

const unread = (fault: Fault): Reading => ({
  program: handlebars.parse(""),
  uses: [],
  always: [],
  faults: [fault],
});

type Place = { scopes: readonly [Scope, ...Scope[]]; depth: number; loops: number };

class Reader {
  readonly faults: Fault[] = [];
  readonly uses = new Set<string>();
  readonly always = new Set<string>();
  private nodes = 0;
  private readonly attributes: readonly string[] | undefined;

  constructor(attributes: readonly string[] | undefined) {
    this.attributes = attributes;
  }

  program(program: hbs.AST.Program | undefined, place: Place): undefined {
    for (const node of program?.body ?? []) this.statement(node, place);
  }

  private statement(node: hbs.AST.Statement, place: Place): undefined {
    if (node.type === "ContentStatement") return this.content(node as hbs.AST.ContentStatement);
    if (node.type === "CommentStatement") return;
    this.nodes++;
    if (this.nodes === mostNodes + 1) this.fault(node, `has more than ${mostNodes} {{…}} expressions`);
    if (this.nodes > mostNodes) return;
    if (node.type === "MustacheStatement") return this.mustache(node as hbs.AST.MustacheStatement, place);
    if (node.type === "BlockStatement") return this.block(node as hbs.AST.BlockStatement, place);
    const name = node.type.startsWith("Partial") ? "partials, {{> …}}," : "decorators, {{* …}},";
    this.fault(node, `${name} are not supported`);
  }

  /** A raw block or an escaped mustache leaves `{{` as text, which SES would take for a variable. */
  private content(node: hbs.AST.ContentStatement): undefined {
    if (node.value.includes("{{")) this.fault(node, "{{ can't be written as plain text");
  }

  private mustache(node: hbs.AST.MustacheStatement, place: Place): undefined {
    if (!node.escaped) {
      return this.fault(node, "unescaped output, {{{…}}} or {{&…}}, is not supported: write {{…}}");
    }
    const name = this.written(node.path);
    if (node.params.length > 0 || node.hash) {
      if (name === "eq") return this.fault(node, "{{eq}} compares, for a condition: {{#if (eq a b)}}");
      return this.call(node, place);
    }
    const found = this.path(node.path, place);
    if (!found) return;
    if (found.variable === "number") {
      // Handlebars adds numbers that stand side by side in plain text: {{a}}{{b}} would be their sum.
      const instead = found.path === "items" ? ": write {{itemCount}}" : "";
      return this.fault(node, `{{${name}}} can be compared, not printed${instead}`);
    }
    if (typeof found.variable === "string" && found.variable !== "attributes") {
      if (place.depth === 0) this.always.add(found.path);
      return;
    }
    const isList = typeof found.variable === "object" && "list" in found.variable;
    this.fault(
      node,
      isList
        ? `{{${name}}} is a list: write {{#each ${name}}}…{{/each}}`
        : `{{${name}}} is a group: write {{${name}.…}} with the name of one of its fields`,
    );
  }

  private block(node: hbs.AST.BlockStatement, place: Place): undefined {
    const name = node.path.original;
    if (name !== "if" && name !== "unless" && name !== "each") {
      return this.fault(node, `{{#${name}}} is not known: there are {{#if}}, {{#unless}} and {{#each}}`);
    }
    if (place.depth >= deepest) return this.fault(node, `blocks are nested more than ${deepest} deep`);
    if (node.hash || (node.program ?? node.inverse)?.blockParams?.length) {
      this.fault(node, `{{#${name}}} takes one value and nothing else`);
    }
    const [value, ...more] = node.params;
    if (!value || more.length > 0) return this.fault(node, `{{#${name}}} takes one value`);
    const inner = { ...place, depth: place.depth + 1 };
    if (name === "each") this.loop(node, value, place);
    else {
      this.condition(value, place);
      this.program(node.program, inner);
    }
    this.program(node.inverse, inner);
  }

  private loop(node: hbs.AST.BlockStatement, value: hbs.AST.Expression, place: Place): undefined {
    if (place.loops >= deepestLoops) {
      return this.fault(node, `{{#each}} can be nested ${deepestLoops} deep, and not deeper`);
    }
    const found = this.path(value, place);
    if (!found) return;
    if (typeof found.variable !== "object" || !("list" in found.variable)) {
      return this.fault(node, `{{#each ${this.written(value)}}}: it is not a list`);
    }
    const scope = { fields: found.variable.list, path: found.path };
    const scopes: Place["scopes"] = [scope, ...place.scopes];
    this.program(node.program, { scopes, depth: place.depth + 1, loops: place.loops + 1 });
  }

  private condition(value: hbs.AST.Expression, place: Place): undefined {
    if (value.type === "PathExpression") this.path(value, place);
    else if (value.type === "SubExpression") this.call(value as hbs.AST.SubExpression, place);
    else this.fault(value, "a condition is a variable, or a comparison such as (eq a b)");
  }

  private call(node: hbs.AST.MustacheStatement | hbs.AST.SubExpression, place: Place, depth = 1): undefined {
    if (depth > deepestCalls) return this.fault(node, `calls are nested more than ${deepestCalls} deep`);
    const name = this.written(node.path);
    if (!isCallable(name)) {
      const spaced = resolve(name.split("."), root, this.attributes);
      return this.fault(
        node,
        spaced
          ? `{{${name}}} is a variable and takes no arguments`
          : `{{${name}}} is not known: there are ${Object.keys(arity).join(", ")}`,
      );
    }
    if (node.hash || node.params.length !== arity[name]) {
      return this.fault(node, `{{${name}}} takes ${arity[name]} value${arity[name] === 1 ? "" : "s"}`);
    }
    for (const value of node.params) this.argument(value, place, depth);
  }

  private argument(value: hbs.AST.Expression, place: Place, depth: number): undefined {
    if (value.type === "StringLiteral" || value.type === "NumberLiteral") return;
    if (value.type === "SubExpression") return this.call(value as hbs.AST.SubExpression, place, depth + 1);
    if (value.type !== "PathExpression") return this.fault(value, "an argument is a variable or a text");
    const found = this.path(value, place);
    if (found && typeof found.variable !== "string") {
      this.fault(value, `${this.written(value)} is not a text`);
    }
  }

  private path(node: hbs.AST.Expression, place: Place): Found | undefined {
    if (node.type !== "PathExpression") {
      this.fault(node, "a variable's name is expected");
      return undefined;
    }
    const { data, depth, parts, original } = node as hbs.AST.PathExpression;
    if (data) return this.loopVariable(node, place);
    const scope = place.scopes[depth];
    const found = scope && resolve(parts, scope, this.attributes);
    if (found && parts.length > 0) {
      this.uses.add(found.path);
      return found;
    }
    this.fault(node, `{{${original}}} is not known${this.advice(parts, place)}`);
    return undefined;
  }

  private loopVariable(node: hbs.AST.Expression, { loops }: Place): Found | undefined {
    const { original } = node as hbs.AST.PathExpression;
    if (loops > 0 && ["@index", "@first", "@last"].includes(original)) {
      return { variable: "number", path: original };
    }
    this.fault(node, `{{${original}}} is not known: inside {{#each}} there are @index, @first and @last`);
    return undefined;
  }

  /** Names the way out: up from a loop, or the name that was meant. */
  private advice(parts: readonly string[], { scopes }: Place): string {
    if (this.faults.length >= maxFaults) return "";
    const up = scopes.findIndex((scope) => resolve(parts, scope, this.attributes) && parts.length > 0);
    if (up > 0) return ` inside {{#each}}: write {{${"../".repeat(up)}${parts.join(".")}}}`;
    for (const [up, scope] of scopes.entries()) {
      const name = nearest(parts.join("."), scope, this.attributes);
      if (name) return `: did you mean {{${"../".repeat(up)}${name}}}?`;
    }
    return "";
  }

  private written(node: hbs.AST.Node): string {
    const { original } = node as { original?: unknown };
    return typeof original === "string" ? original : "…";
  }

  private fault(node: hbs.AST.Node, message: string): undefined {
    if (this.faults.length < maxFaults) this.faults.push({ line: node.loc.start.line, message });
  }
}

/** True when a node prints the same for every customer of a run. */
export function isShared(node: hbs.AST.Statement): boolean {
  const { uses, isUnderstood } = readNode(node);
  // What is not understood may be a customer's: a mail must never show one customer's to another.
  return isUnderstood && uses.every((path) => sharedRoots.has(path.split(".")[0] ?? ""));
}

function readNode(node: hbs.AST.Statement): { uses: string[]; isUnderstood: boolean } {
  const reader = new Reader(undefined);
  reader.program({ type: "Program", body: [node], blockParams: [], loc: node.loc }, topPlace);
  return { uses: [...reader.uses], isUnderstood: reader.faults.length === 0 };
}

const topPlace: Place = { scopes: [root], depth: 0, loops: 0 };
