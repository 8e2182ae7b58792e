/** A route of an HTTP API: `$default`, or a method (or `ANY`) and a path such as `/v1/items/{item}`. */
export type Route = { key: string; functionArn: string; method: string; pattern: RegExp; rank: number };

export function routeOf(key: string, functionArn: string): Route {
  if (key === "$default") return { key, functionArn, method: "ANY", pattern: /^/, rank: 0 };
  const [method = "", path = ""] = key.split(" ");
  const parts = path.split("/").map((part) => {
    const [, name, greedy] = /^\{(\w+)(\+?)\}$/.exec(part) ?? [];
    if (name) return `(?<${name}>${greedy ? ".+" : "[^/]+"})`;
    return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  });
  // A full match comes before a greedy one, and a method of its own before ANY.
  const rank = (path.includes("+}") ? 1 : 3) + (method === "ANY" ? 0 : 1);
  return { key, functionArn, method, pattern: new RegExp(`^${parts.join("/")}$`), rank };
}

/** The most specific route for a request, with what its path's parameters stand for. */
export function matchRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): { route: Route; parameters: Record<string, string> } | undefined {
  const matches = routes.flatMap((route) => {
    const found = route.method === "ANY" || route.method === method ? route.pattern.exec(path) : null;
    return found ? [{ route, parameters: { ...found.groups } }] : [];
  });
  return matches.sort((a, b) => b.route.rank - a.route.rank)[0];
}
