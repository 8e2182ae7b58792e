import { describe, expect, test } from "vitest";
import { compileCondition } from "../../local/iam/conditions.ts";
import { statementsOf, synthesise } from "./synthesised.ts";

const sending = (context: Record<string, string>) =>
  synthesise(context)
    .ofType("AWS::IAM::Policy")
    .flatMap(({ properties }) => statementsOf(properties.PolicyDocument))
    .filter(({ actions }) => actions.some((action) => action.startsWith("ses:Send")));

describe("the rights to send", () => {
  test("hold for the addresses that the operator names with -c senders, and no other", () => {
    const statements = sending({ senders: "kopisenja.id,halo@kopipagi.id" });
    expect(statements.length).toBeGreaterThanOrEqual(3);
    for (const { condition } of statements) {
      const mayCome = compileCondition(condition);
      const from = (address: string) => mayCome({ "ses:fromaddress": address });
      expect(["kasir@kopisenja.id", "halo@kopipagi.id"].map(from)).toEqual([true, true]);
      expect(["kasir@kopipagi.id", "halo@kopisenja.id.attacker.id", "halo@x.kopisenja.id"].map(from)).toEqual(
        [false, false, false],
      );
      expect(mayCome({})).toBe(false);
    }
  });

  test("hold for every identity without it, since businesses are made while Sapa runs", () => {
    for (const { condition } of sending({})) expect(condition).toBeUndefined();
  });

  test("can't be given to what is neither a domain nor an address", () => {
    expect(() => sending({ senders: "kopisenja.id,*" })).toThrow("-c senders");
  });
});
