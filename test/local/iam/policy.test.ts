import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Context } from "../../../local/iam/conditions.ts";
import { actionPattern, arnPattern, glob } from "../../../local/iam/patterns.ts";
import { compilePolicy, decide, grantsOf, type Principal } from "../../../local/iam/policy.ts";

const table = "arn:aws:dynamodb:us-east-1:000000000000:table/customers";
const role = "arn:aws:iam::000000000000:role/owner-api";
const principal: Principal = {
  role,
  session: "arn:aws:sts::000000000000:assumed-role/owner-api/Sapa-owner-api",
};
const allow = (rest: object) => ({
  Effect: "Allow",
  Action: "dynamodb:GetItem",
  Resource: table,
  ...rest,
});

type Asked = { action?: string; resource?: string; context?: Context; principal?: Principal };
/** What policies of one statement each say of a question. */
function ask(statements: object[], asked: Asked = {}) {
  const policies = statements.map((statement) => compilePolicy({ Statement: statement }));
  const question = { principal, action: "dynamodb:GetItem", resource: table, context: {}, ...asked };
  return decide(policies, question).effect;
}

describe("a pattern", () => {
  test.each([
    ["*", "anything at all", true],
    ["*", "", true],
    ["sapa-*", "sapa-", true],
    ["sapa-*", "sapa", false],
    ["?apa", "Sapa", true],
    ["?apa", "apa", false],
    ["a.c", "abc", false],
    ["a[b]c", "a[b]c", true],
    ["*$default*", "x/$default/y", true],
    ["line*", "line\nbreak", true],
  ])("%s and %j: %s", (pattern, text, expected) => {
    expect(glob(pattern)(text)).toBe(expected);
  });

  test("of an action takes no notice of case", () => {
    expect(actionPattern("DynamoDB:get*")("dynamodb:GetItem")).toBe(true);
    expect(actionPattern("dynamodb:Get?tem")("dynamodb:GetItems")).toBe(false);
  });

  test.each([
    ["arn:aws:s3:::bucket/imports/*", "arn:aws:s3:::bucket/imports/a/b", true],
    ["arn:aws:s3:::bucket/imports/*", "arn:aws:s3:::bucket/imports", false],
    ["arn:aws:s3:::bucket/Imports/*", "arn:aws:s3:::bucket/imports/a", false],
    ["arn:aws:logs:us-east-1:0:log-group:/x:*", "arn:aws:logs:us-east-1:0:log-group:/x:log-stream:a", true],
    ["arn:aws:*:table/x", "arn:aws:dynamodb:us-east-1:0:table/x", false],
    ["arn:aws:dynamodb:*:*:table/x", "arn:aws:dynamodb:us-east-1:0:table/x", true],
    ["arn:aws:sqs:*:0:q", "arn:aws:sqs:us-east-1:1:0:q", false],
  ])("of a resource, %s, stays within its segment: %s %s", (pattern, arn, expected) => {
    expect(arnPattern(pattern)(arn)).toBe(expected);
  });
});

describe("policies", () => {
  test.each<[string, object[], Asked, "Allow" | "Deny" | "None"]>([
    ["allow nothing by themselves", [], {}, "None"],
    ["allow what they name", [allow({})], {}, "Allow"],
    ["allow it on the named resource only", [allow({})], { resource: `${table}2` }, "None"],
    ["allow the named action only", [allow({})], { action: "dynamodb:PutItem" }, "None"],
    ["allow each of a list", [allow({ Action: ["s3:GetObject", "dynamodb:getitem"] })], {}, "Allow"],
    ["deny whatever else is allowed", [allow({}), { ...allow({}), Effect: "Deny" }], {}, "Deny"],
    ["deny in whatever order", [{ ...allow({}), Effect: "Deny" }, allow({})], {}, "Deny"],
    [
      "deny only what they name",
      [allow({}), { ...allow({ Action: "dynamodb:Put*" }), Effect: "Deny" }],
      {},
      "Allow",
    ],
    [
      "allow all actions but those of NotAction",
      [{ Effect: "Allow", NotAction: "dynamodb:PutItem", Resource: "*" }],
      {},
      "Allow",
    ],
    [
      "do not allow an action of NotAction",
      [{ Effect: "Allow", NotAction: ["s3:*", "dynamodb:Get*"], Resource: "*" }],
      {},
      "None",
    ],
    [
      "deny everywhere but on NotResource",
      [allow({}), { Effect: "Deny", Action: "*", NotResource: `${table}2` }],
      {},
      "Deny",
    ],
    [
      "leave NotResource alone",
      [allow({}), { Effect: "Deny", Action: "*", NotResource: [table] }],
      {},
      "Allow",
    ],
    ["of a resource are for their principals", [allow({ Principal: { AWS: role } })], {}, "Allow"],
    ["of a resource may name everyone", [allow({ Principal: "*" })], {}, "Allow"],
    [
      "of a resource are for nobody else",
      [allow({ Principal: { AWS: `${role}2`, Service: "events.amazonaws.com" } })],
      {},
      "None",
    ],
    [
      "of a resource may be for a service",
      [allow({ Principal: { Service: ["events.amazonaws.com"] } })],
      { principal: { service: "events.amazonaws.com" } },
      "Allow",
    ],
    [
      "for another service are not for this one",
      [allow({ Principal: { Service: "events.amazonaws.com" } })],
      { principal: { service: "scheduler.amazonaws.com" } },
      "None",
    ],
    [
      "whose condition does not hold say nothing",
      [allow({ Condition: { Bool: { "aws:SecureTransport": "false" } } })],
      { context: { "aws:securetransport": "true" } },
      "None",
    ],
  ])("%s", (_, statements, asked, expected) => {
    expect(ask(statements, asked)).toBe(expected);
  });

  test.each([
    [{ Effect: "Maybe", Action: "*", Resource: "*" }, "Maybe"],
    [allow({ NotPrincipal: "*" }), "NotPrincipal"],
    [allow({ Principal: { Federated: "x" } }), "Federated"],
    [allow({ Principal: { AWS: "arn:aws:iam::000000000000:root" } }), "root"],
    [allow({ Resource: "arn:aws:s3:::\u0024{aws:username}" }), "aws:username"],
    [allow({ Action: undefined }), "an action"],
    [allow({ Condition: { NumericLessThan: { "aws:SourceArn": "1" } } }), "NumericLessThan"],
    [allow({ Condition: { StringEquals: { "aws:username": "ani" } } }), "aws:username"],
    [allow({ Condition: { "ForAllValues:StringEquals": { "aws:SourceArn": "1" } } }), "ForAllValues"],
  ])("that are not understood are an error that names what: %j", (statement, named) => {
    expect(() => compilePolicy({ Statement: statement })).toThrow(named);
  });

  test("list what they allow, one action on one resource at a time", () => {
    const policy = compilePolicy({
      Statement: [
        allow({ Action: ["a:B", "a:C"], Resource: ["x", "y"] }),
        { Effect: "Deny", Action: "a:D", Resource: "x" },
        allow({ Action: "a:E", Resource: "x", Principal: { Service: "events.amazonaws.com" } }),
      ],
    });
    expect(
      grantsOf([policy]).map(({ action, resource, services }) => [action, resource, ...services]),
    ).toEqual([
      ["a:B", "x"],
      ["a:B", "y"],
      ["a:C", "x"],
      ["a:C", "y"],
      ["a:E", "x", "events.amazonaws.com"],
    ]);
  });
});

describe("a condition", () => {
  const source = "arn:aws:events:us-east-1:000000000000:rule/feedback";
  test.each<[string, object, Context, boolean]>([
    ["StringEquals", { StringEquals: { "aws:SourceArn": source } }, { "aws:sourcearn": source }, true],
    [
      "StringEquals in another case",
      { StringEquals: { "aws:SourceArn": "A" } },
      { "aws:sourcearn": "a" },
      false,
    ],
    [
      "StringEquals of wildcards",
      { StringEquals: { "aws:SourceArn": "*" } },
      { "aws:sourcearn": "a" },
      false,
    ],
    [
      "StringEqualsIgnoreCase",
      { StringEqualsIgnoreCase: { "aws:SourceArn": "A" } },
      { "aws:sourcearn": "a" },
      true,
    ],
    [
      "one of several values",
      { StringEquals: { "aws:SourceArn": ["b", "a"] } },
      { "aws:sourcearn": "a" },
      true,
    ],
    [
      "none of several values",
      { StringNotEquals: { "aws:SourceArn": ["b", "a"] } },
      { "aws:sourcearn": "a" },
      false,
    ],
    ["StringLike", { StringLike: { "aws:SourceArn": "arn:*" } }, { "aws:sourcearn": source }, true],
    ["StringNotLike", { StringNotLike: { "aws:SourceArn": "arn:*" } }, { "aws:sourcearn": source }, false],
    [
      "ArnEquals",
      { ArnEquals: { "aws:SourceArn": "arn:aws:events:*:*:rule/*" } },
      { "aws:sourcearn": source },
      true,
    ],
    [
      "ArnLike across segments",
      { ArnLike: { "aws:SourceArn": "arn:aws:*:rule/*" } },
      { "aws:sourcearn": source },
      false,
    ],
    [
      "ArnNotLike",
      { ArnNotLike: { "aws:SourceArn": "arn:aws:sqs:*:*:*" } },
      { "aws:sourcearn": source },
      true,
    ],
    ["Bool", { Bool: { "aws:SecureTransport": true } }, { "aws:securetransport": "true" }, true],
    ["a key that is missing", { StringEquals: { "aws:SourceArn": source } }, {}, false],
    ["Not with a key that is missing", { StringNotEquals: { "aws:SourceArn": source } }, {}, true],
    ["IfExists with a key that is missing", { ArnLikeIfExists: { "aws:SourceArn": source } }, {}, true],
    [
      "IfExists with another value",
      { ArnLikeIfExists: { "aws:SourceArn": source } },
      { "aws:sourcearn": "a" },
      false,
    ],
    ["Null asks for a missing key", { Null: { "aws:SourceArn": "true" } }, {}, true],
    ["Null finds the key", { Null: { "aws:SourceArn": "true" } }, { "aws:sourcearn": "a" }, false],
    ["Null asks for a key", { Null: { "aws:SourceArn": "false" } }, { "aws:sourcearn": "a" }, true],
    [
      "all operators together",
      { StringEquals: { "aws:SourceAccount": "1" }, ArnLike: { "aws:SourceArn": source } },
      { "aws:sourceaccount": "2", "aws:sourcearn": source },
      false,
    ],
    [
      "all keys together",
      { StringEquals: { "aws:SourceAccount": "1", "aws:SourceArn": "a" } },
      { "aws:sourceaccount": "1", "aws:sourcearn": "a" },
      true,
    ],
  ])("%s", (_, Condition, context, holds) => {
    expect(ask([allow({ Condition })], { context })).toBe(holds ? "Allow" : "None");
    expect(ask([allow({}), { ...allow({ Condition }), Effect: "Deny" }], { context })).toBe(
      holds ? "Deny" : "Allow",
    );
  });
});

describe("whatever the policies", () => {
  const names = fc.constantFrom("a:Get", "a:Put", "b:Get");
  const arns = fc.constantFrom("arn:aws:a:r:0:x", "arn:aws:a:r:0:y", "arn:aws:a:r:0:x/1");
  const statements = fc.record({
    Effect: fc.constantFrom("Allow", "Deny"),
    Action: fc.uniqueArray(fc.oneof(names, fc.constantFrom("a:*", "*", "?:Get")), { minLength: 1 }),
    Resource: fc.uniqueArray(fc.oneof(arns, fc.constantFrom("*", "arn:aws:a:r:0:x*")), { minLength: 1 }),
  });
  const asked = fc.record({ action: names, resource: arns });
  const policies = fc.array(statements, { maxLength: 6 });

  test("a denial that applies wins, and order and grouping say nothing", () => {
    fc.assert(
      fc.property(policies, asked, (all, question) => {
        const answer = ask(all, question);
        expect(ask([...all].reverse(), question)).toBe(answer);
        const together = compilePolicy({ Statement: all });
        expect(decide([together], { principal, context: {}, ...question }).effect).toBe(answer);
        const each = all.map((statement) => ask([statement], question));
        const expected = each.includes("Deny") ? "Deny" : each.includes("Allow") ? "Allow" : "None";
        expect(answer).toBe(expected);
      }),
    );
  });

  test("a further statement that allows never takes anything away, and one that denies never gives", () => {
    fc.assert(
      fc.property(policies, statements, asked, (all, further, question) => {
        const before = ask(all, question);
        const after = ask([...all, further], question);
        if (further.Effect === "Allow") expect(before === "Allow" ? after : "Allow").toBe("Allow");
        else expect(after === "Allow" ? before : "Allow").toBe("Allow");
      }),
    );
  });

  test("what is allowed is allowed by one of the grants that are listed", () => {
    fc.assert(
      fc.property(policies, asked, (all, question) => {
        const compiled = all.map((statement) => compilePolicy({ Statement: statement }));
        const decision = decide(compiled, { principal, context: {}, ...question });
        if (decision.effect !== "Allow") return;
        const listed = grantsOf(compiled).map(({ action, resource }) => ({ action, resource }));
        expect(listed).toContainEqual(decision.by);
      }),
    );
  });
});
