import type { Justified } from "./justified.ts";
import { keyOf, type Recorded } from "./record.ts";
import type { Held } from "./uses.ts";

export type Report = {
  lines: string[];
  /** What the check fails for, a sentence each. */
  problems: string[];
};

/**
 * Says of each function, role and service what it is granted, what of it was of use, and what was not. A right without
 * use is a problem unless it is justified; a justification that is not needed any more is one too.
 */
export function reportOn(
  { granted, used }: Pick<Recorded, "granted" | "used">,
  justified: readonly Justified[],
): Report {
  const ofUse = new Set(used.map(keyOf));
  const reasons = new Map(
    justified.flatMap((entry) => allOf(entry).map((held) => [keyOf(held), entry.because])),
  );
  const byChance = new Set(
    justified
      .filter((entry) => entry.byChance)
      .flatMap(allOf)
      .map(keyOf),
  );
  const unused = granted.filter((held) => !ofUse.has(keyOf(held)));
  const lines = [...new Set(granted.map(({ holder }) => holder))].sort().flatMap((holder) => {
    const own = granted.filter((held) => held.holder === holder);
    const idle = unused.filter((held) => held.holder === holder);
    return [
      `${holder}: ${own.length} granted, ${own.length - idle.length} used`,
      ...own.map((held) => `  ${markOf(held, { ofUse, reasons })} ${held.action} on ${held.resource}`),
    ];
  });
  const known = new Set(granted.map(keyOf));
  const problems = [
    ...unused
      .filter((held) => !reasons.has(keyOf(held)))
      .map(({ holder, action, resource }) => `${holder} may ${action} on ${resource}, but never did`),
    ...[...reasons.keys()]
      .filter((key) => ofUse.has(key) && !byChance.has(key))
      .map((key) => `${key} is justified, but was of use after all`),
    ...[...reasons.keys()]
      .filter((key) => !known.has(key))
      .map((key) => `${key} is justified, but not granted any more`),
  ];
  return { lines, problems };
}

function markOf(
  held: Held,
  { ofUse, reasons }: { ofUse: ReadonlySet<string>; reasons: ReadonlyMap<string, string> },
) {
  if (ofUse.has(keyOf(held))) return "used     ";
  return reasons.has(keyOf(held)) ? "justified" : "UNUSED   ";
}

const allOf = ({ holder, actions, resources }: Justified): Held[] =>
  actions.flatMap((action) => resources.map((resource) => ({ holder, action, resource })));
