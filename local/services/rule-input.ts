import { isObject, type Json, text } from "./protocol.ts";

export type RuleContext = { ruleArn: string; ruleName: string; ingestedAt: string };
export type Input = (event: Json, context: RuleContext) => string;

/** Compiles what a rule sends to a target: the event, a constant, a part of the event, or a template filled from it. */
export function compileInput(target: Json): Input {
  const { Input: constant, InputPath, InputTransformer } = target;
  if (typeof constant === "string") return () => constant;
  if (typeof InputPath === "string") {
    const path = compilePath(InputPath);
    return (event) => JSON.stringify(path(event) ?? null);
  }
  if (!isObject(InputTransformer)) return (event) => JSON.stringify(event);
  const given = isObject(InputTransformer.InputPathsMap) ? InputTransformer.InputPathsMap : {};
  const paths = Object.entries(given).map(([name, path]) => [name, compilePath(String(path))] as const);
  const template = text(InputTransformer.InputTemplate) ?? "";
  return (event, context) => {
    const values = new Map<string, unknown>(paths.map(([name, path]) => [name, path(event)]));
    for (const [name, value] of predefined(event, context)) values.set(name, value);
    return fill(template, values);
  };
}

function predefined(event: Json, { ruleArn, ruleName, ingestedAt }: RuleContext): [string, unknown][] {
  const { detail: _, ...envelope } = event;
  return [
    ["aws.events.rule-arn", ruleArn],
    ["aws.events.rule-name", ruleName],
    ["aws.events.event.ingestion-time", ingestedAt],
    ["aws.events.event", envelope],
    ["aws.events.event.json", event],
  ];
}

/** `$.detail.lines[0].item`: the dot notation and indices that EventBridge's paths know. */
function compilePath(path: string): (event: unknown) => unknown {
  if (!/^\$(\.[\w/-]+|\[\d+\])*$/.test(path)) {
    throw new Error(`The local host does not understand the input path ${path}`);
  }
  const steps = [...path.matchAll(/\.([\w/-]+)|\[(\d+)\]/g)].map(([, name, index]) => name ?? Number(index));
  return (event) => {
    let value: unknown = event;
    for (const step of steps) {
      if (typeof step === "number") value = Array.isArray(value) ? value[step] : undefined;
      else value = isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
    }
    return value;
  };
}

/** Inside quotes a value becomes text, outside it stays JSON. */
function fill(template: string, values: ReadonlyMap<string, unknown>): string {
  let quoted = false;
  return template.replace(/\\.|"|<([\w.-]+)>/g, (token: string, name: string | undefined) => {
    if (token === '"') quoted = !quoted;
    if (name === undefined || !values.has(name)) return token;
    const value = values.get(name);
    if (!quoted) return JSON.stringify(value ?? null);
    const plain = typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value);
    return JSON.stringify(plain).slice(1, -1);
  });
}
