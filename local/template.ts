import type { Created, Resource, Service } from "./contract.ts";
import { condition, references, resolve, type Scope } from "./intrinsics.ts";

/** A CloudFormation template as CDK synthesises it. */
export type Template = {
  Parameters?: Record<string, { Type: string; Default?: unknown }>;
  Conditions?: Record<string, unknown>;
  Resources: Record<string, TemplateResource>;
  Outputs?: Record<string, { Value: unknown; Condition?: string }>;
  [section: string]: unknown;
};
export type TemplateResource = {
  Type: string;
  Properties?: Record<string, unknown>;
  DependsOn?: string | string[];
  Condition?: string;
  Metadata?: Record<string, unknown>;
};

/** Sections without effect once the template is valid. */
const silent = ["AWSTemplateFormatVersion", "Description", "Metadata", "Rules"];
const understood = [...silent, "Parameters", "Conditions", "Resources", "Outputs"];

export type Stack = {
  resources: ReadonlyMap<string, Resource>;
  created: ReadonlyMap<string, Created>;
  outputs: Record<string, string>;
};

type Hosting = {
  services: readonly Service[];
  /** `AWS::Region` and its like. */
  pseudo: Record<string, string>;
  /** Called before each resource, for whoever shows progress. */
  onCreate?: (resource: Resource) => void;
};

/**
 * Creates every resource of the template, each after those that it refers to. A section, type, intrinsic or
 * attribute that nobody hosts is an error that names it: what is skipped silently here would fail on AWS.
 */
export async function createStack(template: Template, hosting: Hosting): Promise<Stack> {
  for (const [section, content] of Object.entries(template)) {
    const empty = typeof content === "object" && content !== null && Object.keys(content).length === 0;
    if (!understood.includes(section) && !empty) {
      throw new Error(`The template has a section ${section}, which the local host does not know`);
    }
  }
  const hosts = new Map(hosting.services.flatMap((service) => service.types.map((type) => [type, service])));
  const created = new Map<string, Created>();
  const absent = new Set<string>();
  const scope: Scope = {
    parameters: { ...parametersOf(template), ...hosting.pseudo },
    created,
    conditions: template.Conditions ?? {},
    absent,
  };
  for (const [id, { Condition }] of Object.entries(template.Resources)) {
    if (Condition && !condition(Condition, { ...scope, where: id })) absent.add(id);
  }
  const present = Object.entries(template.Resources).filter(([id]) => !absent.has(id));
  for (const [id, { Type }] of present) {
    if (!hosts.has(Type)) throw new Error(`${id} is of type ${Type}, which the local host does not know`);
  }

  const resources = new Map<string, Resource>();
  for (const [logicalId, { Type, Properties = {} }] of inOrder(present)) {
    const properties = resolve(Properties, scope, logicalId) as Record<string, unknown>;
    const resource = { logicalId, type: Type, properties };
    hosting.onCreate?.(resource);
    try {
      created.set(logicalId, (await hosts.get(Type)?.create(resource)) ?? { ref: logicalId, attributes: {} });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (message.startsWith(logicalId)) throw error;
      throw new Error(`${logicalId} (${Type}) can't be hosted: ${message}`, { cause: error });
    }
    resources.set(logicalId, resource);
  }

  const outputs: Record<string, string> = {};
  for (const [name, { Value, Condition }] of Object.entries(template.Outputs ?? {})) {
    if (Condition && !condition(Condition, { ...scope, where: `Output ${name}` })) continue;
    outputs[name] = String(resolve(Value, scope, `Output ${name}`));
  }
  return { resources, created, outputs };
}

function parametersOf({ Parameters = {} }: Template): Record<string, string> {
  const given = Object.entries(Parameters).map(([name, { Default }]) => {
    if (Default === undefined) throw new Error(`The template's parameter ${name} has no default`);
    return [name, String(Default)];
  });
  return Object.fromEntries(given);
}

type Named = [id: string, resource: TemplateResource];

/** Each resource after those it refers to or depends on, else as the template lists them. */
export function inOrder(resources: readonly Named[]): Named[] {
  const byId = new Map(resources);
  const placed = new Set<string>();
  const ordered: Named[] = [];

  const place = (id: string, path: readonly string[]) => {
    const resource = byId.get(id);
    if (!resource || placed.has(id)) return;
    if (path.includes(id)) throw new Error(`These resources need each other: ${[...path, id].join(" → ")}`);
    const needed = [...references(resource.Properties), ...[resource.DependsOn ?? []].flat()];
    for (const other of needed) place(other, [...path, id]);
    placed.add(id);
    ordered.push([id, resource]);
  };
  for (const [id] of resources) place(id, []);
  return ordered;
}
