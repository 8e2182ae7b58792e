import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { justified } from "../../../local/iam/justified.ts";
import { named, readRecord, writeRecord } from "../../../local/iam/record.ts";
import { reportOn } from "../../../local/iam/report.ts";
import type { Held, Uses } from "../../../local/iam/uses.ts";

const held = (action: string, resource = "tablesorders", holder = "owner-api"): Held => ({
  holder,
  action,
  resource,
});
const get = held("dynamodb:GetItem");
const put = held("dynamodb:PutItem");
const justify = (actions: string[]) => [
  { holder: "owner-api", actions, resources: ["tablesorders"], because: "of a reason" },
];

describe("the report of rights", () => {
  test("has no complaint when everything granted was of use", () => {
    expect(reportOn({ granted: [get, put], used: [put, get] }, []).problems).toEqual([]);
  });

  test("complains of a right that was never of use", () => {
    expect(reportOn({ granted: [get, put], used: [get] }, []).problems).toEqual([
      "owner-api may dynamodb:PutItem on tablesorders, but never did",
    ]);
  });

  test("knows the same right of another function apart", () => {
    const other = held("dynamodb:GetItem", "tablesorders", "import-file");
    expect(reportOn({ granted: [get, other], used: [get] }, []).problems).toEqual([
      "import-file may dynamodb:GetItem on tablesorders, but never did",
    ]);
  });

  test("accepts a right without use for a reason", () => {
    expect(reportOn({ granted: [get, put], used: [get] }, justify(["dynamodb:PutItem"])).problems).toEqual(
      [],
    );
  });

  test("complains of a reason for what was of use after all", () => {
    expect(
      reportOn({ granted: [get, put], used: [get, put] }, justify(["dynamodb:PutItem"])).problems,
    ).toEqual(["owner-api dynamodb:PutItem tablesorders is justified, but was of use after all"]);
  });

  test("does not mind whether a right is used that is used by chance, only whether it is granted", () => {
    const byChance = justify(["dynamodb:PutItem"]).map((entry) => ({ ...entry, byChance: true }));
    expect(reportOn({ granted: [get, put], used: [get, put] }, byChance).problems).toEqual([]);
    expect(reportOn({ granted: [get, put], used: [get] }, byChance).problems).toEqual([]);
    expect(reportOn({ granted: [get], used: [get] }, byChance).problems).toHaveLength(1);
  });

  test("complains of a reason for what is not granted any more", () => {
    expect(reportOn({ granted: [get], used: [get] }, justify(["dynamodb:PutItem"])).problems).toEqual([
      "owner-api dynamodb:PutItem tablesorders is justified, but not granted any more",
    ]);
  });

  test("lists for each holder what is granted and what became of it", () => {
    const { lines } = reportOn(
      { granted: [get, put, held("dynamodb:Scan")], used: [get] },
      justify(["dynamodb:PutItem"]),
    );
    expect(lines).toEqual([
      "owner-api: 3 granted, 1 used",
      "  used      dynamodb:GetItem on tablesorders",
      "  justified dynamodb:PutItem on tablesorders",
      "  UNUSED    dynamodb:Scan on tablesorders",
    ]);
  });
});

test("every justification gives a reason, and none speaks of what another does", () => {
  const all = justified.flatMap(({ holder, actions, resources }) =>
    actions.flatMap((action) => resources.map((resource) => `${holder} ${action} ${resource}`)),
  );
  expect(new Set(all).size).toBe(all.length);
  for (const { because } of justified) expect(because.length).toBeGreaterThan(30);
});

test.each([
  ["arn:aws:dynamodb:us-east-1:000000000000:table/tablescustomers5ECFC4E7", "tablescustomers"],
  [
    "arn:aws:dynamodb:us-east-1:000000000000:table/tablesitems183C7460/index/byAvailable",
    "tablesitems/index/byAvailable",
  ],
  ["arn:aws:secretsmanager:us-east-1:000000000000:secret:keyssecret46EE07BF-x1Y2z3", "secret:keyssecret"],
  ["arn:aws:s3:::importsbucketa803e973/imports/*", "importsbucket/imports/*"],
  ["arn:aws:ses:us-east-1:000000000000:template/sapa-*", "template/sapa-*"],
  ["*", "*"],
])("%s is called %s", (resource, name) => {
  expect(named({ holder: "Sapa-owner-api", action: "a:B", resource })).toEqual({
    holder: "owner-api",
    action: "a:B",
    resource: name,
  });
});

describe("the record of rights", () => {
  const folder = mkdtempSync(join(tmpdir(), "sapa-record-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const uses = (granted: Held[], used: Held[]) =>
    ({ granted: () => granted, used: () => used }) as unknown as Uses;
  const template = { Resources: {} };

  test("gathers what several hosts of one template used, and nothing of another's", async () => {
    await writeRecord(folder, { template, uses: uses([get, put], [get]) });
    await writeRecord(folder, { template, uses: uses([get, put], [put, get]) });
    const other = { Resources: { A: { Type: "AWS::S3::Bucket" } } };
    await writeRecord(folder, { template: other, uses: uses([held("s3:GetObject")], []) });

    const { hosts, granted, used } = await readRecord(folder, template);
    const byAction = (a: Held, b: Held) => a.action.localeCompare(b.action);
    expect(hosts).toBe(2);
    expect(granted.sort(byAction)).toEqual([get, put]);
    expect(used.sort(byAction)).toEqual([get, put]);
    expect(await readRecord(folder, { Resources: {}, Outputs: {} })).toEqual({
      hosts: 0,
      granted: [],
      used: [],
    });
  });
});
