import type { Template } from "../../local/template.ts";

/** The stack as it is, but for the number of requests that a key may make: 429 would be all that is left to see. */
export function patient(template: Template): Template {
  const text = JSON.stringify(template);
  const changed = text.replace(/"REQUESTS_PER_MINUTE":"\d+"/, '"REQUESTS_PER_MINUTE":"1000000"');
  if (changed === text) throw new Error("The stack says nothing of requests in a minute");
  return JSON.parse(changed);
}
