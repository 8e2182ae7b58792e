import { isObject } from "../services/protocol.ts";
import { arnPattern, glob } from "./patterns.ts";

/** What is known of a request besides who, what and where, by condition key in lower case. */
export type Context = Readonly<Partial<Record<ContextKey, string>>>;

/** The condition keys that the local host gives; each is in the request only where AWS has it there too. */
const keys = [
  "aws:securetransport",
  "aws:requestedregion",
  "aws:principalarn",
  "aws:principalaccount",
  "aws:principalisawsservice",
  "aws:sourcearn",
  "aws:sourceaccount",
  "iam:passedtoservice",
  "ses:fromaddress",
] as const;
export type ContextKey = (typeof keys)[number];

export type Condition = (context: Context) => boolean;
type Compare = (expected: string) => (given: string) => boolean;

const equals: Compare = (expected) => (given) => given === expected;
const equalsIgnoringCase: Compare = (expected) => (given) => given.toLowerCase() === expected.toLowerCase();

/** AWS has more operators; one that is not here is an error that names it. */
const operators: Record<string, Compare> = {
  StringEquals: equals,
  StringEqualsIgnoreCase: equalsIgnoringCase,
  StringLike: glob,
  Bool: equalsIgnoringCase,
  // Both compare each segment with wildcards: on AWS they are the same.
  ArnEquals: arnPattern,
  ArnLike: arnPattern,
};

/**
 * Compiles a statement's `Condition`, `{ StringEquals: { "aws:SourceAccount": "000000000000" } }`: every operator and
 * every key in it must hold, and one value of each. A key that the request lacks is not matched, which is what the
 * `Not` operators ask for; `IfExists` lets it pass, `Null` asks for it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
export function compileCondition(block: unknown): Condition {
  const tests = Object.entries(isObject(block) ? block : {}).flatMap(([operator, wanted]) =>
    Object.entries(isObject(wanted) ? wanted : {}).map(([key, values]) =>
      compileTest(operator, keyOf(key), [values].flat().map(String)),
    ),
  );
  return (context) => tests.every((test) => test(context));
}

function compileTest(operator: string, key: ContextKey, values: string[]): Condition {
  if (operator === "Null") {
    return (context) => values.some((value) => (context[key] === undefined) === (value === "true"));
  }
  const ifExists = operator.endsWith("IfExists");
  const base = ifExists ? operator.slice(0, -"IfExists".length) : operator;
  const negated = base.includes("Not");
  const compare = operators[base.replace("Not", "")];
  if (!compare || base === "NotBool") {
    throw new Error(`the local host does not understand the condition operator ${operator}`);
  }
  const matchers = values.map((value) => compare(withoutVariables(value)));
  return (context) => {
    const given = context[key];
    if (given === undefined) return ifExists || negated;
    return matchers.some((matches) => matches(given)) !== negated;
  };
}

function keyOf(key: string): ContextKey {
  const known = keys.find((name) => name === key.toLowerCase());
  if (!known) throw new Error(`the local host does not give the condition key ${key}`);
  return known;
}

/** A policy may hold variables, `${aws:PrincipalArn}`, whose values the local host does not fill in. */
export function withoutVariables(text: string): string {
  if (text.includes("${")) throw new Error(`the local host does not fill in policy variables: ${text}`);
  return text;
}
