import type { Run } from "../runs.ts";
import type { Recipient } from "./audience.ts";

/** Parts of an update of the customer, each beginning with `, ` or a keyword of its own, or empty. */
export type Mark = {
  set: string;
  remove: string;
  names: Record<string, string>;
  values: Record<string, string>;
};

/**
 * What a claim writes on its customer so that no later run of the campaign mails them for the same reason: the lapse
 * that a winback answers, the birthday that a greeting is for.
 */
export function markOf({ campaign, occasion }: Run, { lapse, outdatedGreetings = [] }: Recipient): Mark {
  if (occasion.kind === "birthday") {
    const outdated = outdatedGreetings.map((id, index): [string, string] => [`#outdated${index}`, id]);
    return {
      set: ", greeted.#campaign = :mark",
      remove: outdated.length ? ` REMOVE ${outdated.map(([name]) => `greeted.${name}`).join(", ")}` : "",
      names: { "#campaign": campaign, ...Object.fromEntries(outdated) },
      values: { ":mark": occasion.celebrated },
    };
  }
  if (!lapse) return { set: "", remove: "", names: {}, values: {} };
  return {
    set: ", wonBack.#campaign = :mark",
    remove: "",
    names: { "#campaign": campaign },
    values: { ":mark": lapse },
  };
}
