import fc from "fast-check";
import { expect, test } from "vitest";
import { concurrencyOf } from "../../infra/concurrency.ts";
import { synthesise, text } from "./synthesised.ts";

const queues = ({ prepareRuns, deliverSends, recordFeedback }: ReturnType<typeof concurrencyOf>) =>
  prepareRuns + deliverSends + recordFeedback;

test("queues never take all functions of an account, and what Lambda can keep is kept for links in mails", () => {
  fc.assert(
    fc.property(fc.integer({ min: 10, max: 10_000 }), (limit) => {
      const concurrency = concurrencyOf(limit);
      expect(queues(concurrency)).toBeLessThanOrEqual(0.7 * limit);
      // Lambda refuses a reservation that leaves fewer than 100 for all others.
      if (concurrency.publicLinks) expect(limit - concurrency.publicLinks).toBeGreaterThanOrEqual(100);
      else expect(limit).toBeLessThan(120);
    }),
  );
});

test("a stack is made for the account's limit", () => {
  const concurrent = (context: Record<string, string>) => {
    const stack = synthesise(context);
    const mappings = stack.ofType("AWS::Lambda::EventSourceMapping").map(({ properties }) => {
      const { MaximumConcurrency } = properties.ScalingConfig as { MaximumConcurrency: number };
      return [
        text(properties.EventSourceArn).replace(/^.*?(runs|sends|feedback)queue.*$/, "$1"),
        MaximumConcurrency,
      ];
    });
    const links = stack
      .ofType("AWS::Lambda::Function")
      .find(({ properties }) => properties.FunctionName === "Sapa-public-links");
    return { ...Object.fromEntries(mappings), links: links?.properties.ReservedConcurrentExecutions };
  };

  expect(concurrent({})).toEqual({ runs: 2, sends: 3, feedback: 2, links: undefined });
  expect(concurrent({ lambdaConcurrency: "1000" })).toEqual({ runs: 4, sends: 8, feedback: 5, links: 20 });
});
