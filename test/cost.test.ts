import { describe, expect, test } from "vitest";
import { billOf, readPrices, sum } from "../bench/cost/bill.ts";
import { afterFree, idleMonth } from "../bench/cost/idle.ts";
import type { Count, Unit } from "../local/meter.ts";

const prices = readPrices();
const count = (unit: Unit, amount: number, { who = "deliver-sends", detail = "" } = {}): Count => ({
  who,
  unit,
  detail,
  amount,
});
const memories = new Map([["deliver-sends", 512]]);

describe("a bill", () => {
  test("is what was counted, at the prices of the one file that has them", () => {
    const lines = billOf(
      [
        count("dynamodb.write", 3_000_000, { detail: "sends" }),
        count("dynamodb.write", 1_000_000, { detail: "sends", who: "record-feedback" }),
        count("sqs.requests", 1_000_000),
      ],
      memories,
      prices,
    );
    expect(lines).toEqual([
      { service: "DynamoDB", what: "write units, sends", amount: 4_000_000, usd: 2.5 },
      { service: "SQS", what: "requests, deliver-sends", amount: 1_000_000, usd: 0.4 },
    ]);
  });

  test("counts a function's CPU at the share that its memory buys, and each call at its assumed latency", () => {
    const share = prices.assumptions.vcpuMegabytes.value / 512;
    const latency = prices.assumptions.latencyMilliseconds.value["DYNAMODB TransactWriteItems"] ?? 0;
    const lines = billOf(
      [
        count("lambda.active", 1_000),
        count("calls", 100, { detail: "DYNAMODB TransactWriteItems" }),
        // Waiting for a database on the same machine says nothing about AWS.
        count("lambda.milliseconds", 90_000),
      ],
      memories,
      prices,
    );
    const seconds = share + (100 * latency) / 1_000;
    expect(lines).toHaveLength(1);
    expect(lines[0]?.amount).toBeCloseTo(0.5 * seconds, 6);
  });

  test("is an error for a unit that has no price", () => {
    const unpriced = { ...prices, prices: {} };
    expect(() => billOf([count("sqs.requests", 1)], memories, unpriced)).toThrow("no price of sqs.requests");
  });
});

test("a month in which nothing happens costs the secret, the alarms and the polling of the queues", () => {
  const lines = idleMonth(
    {
      Resources: {
        root: { Type: "AWS::SecretsManager::Secret", Properties: {} },
        simple: { Type: "AWS::CloudWatch::Alarm", Properties: { MetricName: "m" } },
        compound: {
          Type: "AWS::CloudWatch::Alarm",
          Properties: { Metrics: [{ Expression: "a + b" }, { MetricStat: {} }, { MetricStat: {} }] },
        },
        polled: { Type: "AWS::Lambda::EventSourceMapping", Properties: {} },
        off: { Type: "AWS::Lambda::EventSourceMapping", Properties: { Enabled: false } },
      },
    },
    prices,
  );
  expect(lines.map(({ amount }) => amount)).toEqual([1, 3, 15 * 43_800]);
  expect(sum(lines)).toBeCloseTo(0.4 + 0.3 + 0.2628, 6);
  expect(sum(afterFree(lines, prices))).toBeCloseTo(0.4, 6);
});

test("every price and every assumption tells its source", () => {
  for (const { source } of Object.values(prices.prices)) expect(source).toMatch(/https:|assumed/);
  for (const { source } of Object.values(prices.free)) expect(source).toMatch(/https:/);
});
