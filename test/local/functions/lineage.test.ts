import fc from "fast-check";
import { expect, test } from "vitest";
import { handedOn, timesInvoked } from "../../../local/functions/lineage.ts";

const now = Date.parse("2026-11-24T00:00:00Z");
const names = ["start-run", "select-recipients", "deliver-sends"];
const chain = fc.array(fc.constantFrom(...names), { maxLength: 40 });
/** The header at the end of a chain in which these functions invoke one another. */
const through = (functions: readonly string[]) =>
  functions.reduce<string | undefined>((trace, name) => handedOn([trace], name, now), undefined);
const times = (functions: readonly string[], name: string) => functions.filter((one) => one === name).length;

test("a chain counts each of its functions as often as it was invoked", () => {
  fc.assert(
    fc.property(chain, (functions) => {
      for (const name of names) expect(timesInvoked(through(functions), name)).toBe(times(functions, name));
    }),
  );
});

test("where messages come together, the longest of their chains counts for each function", () => {
  fc.assert(
    fc.property(fc.array(chain, { maxLength: 5 }), fc.constantFrom(...names), (chains, invoked) => {
      const trace = handedOn(chains.map(through), invoked, now);
      for (const name of names) {
        const longest = Math.max(0, ...chains.map((functions) => times(functions, name)));
        expect(timesInvoked(trace, name)).toBe(longest + (name === invoked ? 1 : 0));
      }
    }),
  );
});

test("the header has X-Ray's form, and stays with the trace that it belongs to", () => {
  const first = handedOn([undefined], "start-run", now);
  expect(first).toMatch(
    /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0;Lineage=[0-9a-f]{8}:1$/,
  );
  const second = handedOn([first], "deliver-sends", now);
  expect(second.split(";")[0]).toBe(first.split(";")[0]);
});

test("whatever a caller puts into the header, it is no loop by mistake", () => {
  fc.assert(
    fc.property(fc.string(), (header) => {
      expect(timesInvoked(header, "start-run")).toBe(0);
      expect(timesInvoked(handedOn([header], "start-run", now), "start-run")).toBe(1);
    }),
  );
});
