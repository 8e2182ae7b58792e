/**
 * Groups things that share a mark with each other, directly or through others; each group in the order
 * given, and the groups in the order of their first.
 *
 *     connected([["a"], ["b"], ["a", "c"], ["c"]], (marks) => marks)  // [[["a"], ["a", "c"], ["c"]], [["b"]]]
 */
export function connected<T>(things: readonly T[], marksOf: (thing: T) => readonly string[]): T[][] {
  const leader = things.map((_, at) => at);
  const find = (at: number): number => {
    let root = at;
    while (leader[root] !== undefined && leader[root] !== root) root = leader[root] as number;
    leader[at] = root;
    return root;
  };
  const firstWith = new Map<string, number>();
  for (const [at, thing] of things.entries()) {
    for (const mark of marksOf(thing)) {
      const first = firstWith.get(mark);
      if (first === undefined) firstWith.set(mark, at);
      else join(find(first), find(at));
    }
  }
  function join(one: number, other: number) {
    leader[Math.max(one, other)] = Math.min(one, other);
  }
  const groups = new Map<number, T[]>();
  for (const [at, thing] of things.entries()) {
    const root = find(at);
    const group = groups.get(root);
    if (group) group.push(thing);
    else groups.set(root, [thing]);
  }
  return [...groups.values()];
}
