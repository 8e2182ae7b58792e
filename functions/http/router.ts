import { HttpProblem } from "./problems.ts";
import type { Route } from "./route.ts";

/** What is found by its method and path: an operation of the API, a page. */
type Routed = { method: string; path: string };

export type Match<Found extends Routed = Route> = { route: Found; params: Record<string, string> };
export type Router<Found extends Routed = Route> = (method: string, path: string) => Match<Found>;

/**
 * Finds the route for a method and a path. HTTP APIs hand over the path already percent-decoded
 * (payload 2.0, `rawPath`), so nothing is decoded here. The most literal path that fits is the one meant. Throws
 * 404 for an unknown path and 405 for a known one.
 */
export function routerOf<Found extends Routed>(routes: readonly Found[]): Router<Found> {
  const compiled = routes
    .map((route) => ({ route, pattern: patternOf(route.path) }))
    .sort((a, b) => specificity(b.route.path) - specificity(a.route.path));

  return (method, path) => {
    const fitting = compiled.flatMap(({ route, pattern }) => {
      const found = pattern.exec(path);
      return found ? [{ route, params: { ...found.groups } }] : [];
    });
    const [best] = fitting;
    if (!best) throw new HttpProblem(404, `There is nothing at ${path.slice(0, 200)}`);
    // `/items/{item+}/sold-out` is no item called `…/sold-out`, whatever the method.
    const matching = fitting.filter(({ route }) => openApiPath(route.path) === openApiPath(best.route.path));
    const match = matching.find(({ route }) => route.method === method);
    if (match) return match;
    const allow = allowed(matching.map(({ route }) => route.method)).join(", ");
    throw new HttpProblem(405, `${method} is not known here; ${allow} are`, { allow });
  };
}

/** The methods that a path answers, with those that come for free. */
export const allowed = (methods: readonly string[]): string[] => [
  ...new Set([...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"]),
];

/** The path as OpenAPI writes it: `/v1/items/{item}`. */
export const openApiPath = (path: string): string => path.replaceAll("+}", "}");

const patternOf = (path: string): RegExp => {
  const source = path
    .split(/(\{\w+\+?\})/)
    .map((part) => {
      const [, name, greedy] = /^\{(\w+)(\+?)\}$/.exec(part) ?? [];
      if (name) return `(?<${name}>${greedy ? ".+" : "[^/]+"})`;
      return part.replace(/[.*+?^$()|[\]\\]/g, "\\$&");
    })
    .join("");
  return new RegExp(`^${source}/?$`, "s");
};

/** Literal text outweighs a parameter, and a parameter one that takes the rest. */
const specificity = (path: string): number =>
  path
    .split("/")
    .reduce((sum, part) => sum + (part.includes("+}") ? 1 : part.startsWith("{") ? 100 : 10_000), 0);
