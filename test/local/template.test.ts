// biome-ignore-all lint/suspicious/noTemplateCurlyInString: CloudFormation writes its placeholders so.
import { describe, expect, test } from "vitest";
import type { Resource, Service } from "../../local/contract.ts";
import { inertTypes } from "../../local/inert.ts";
import { createStack, type Template } from "../../local/template.ts";

const pseudo = { "AWS::Region": "us-east-1", "AWS::AccountId": "000000000000", "AWS::Partition": "aws" };

/** Hosts `Test::Thing` and remembers what it was asked to create, in order. */
function things() {
  const created: Resource[] = [];
  const service: Service = {
    types: ["Test::Thing"],
    async create(resource) {
      created.push(resource);
      const { logicalId } = resource;
      return {
        ref: `${logicalId}-name`,
        attributes: { Arn: `arn:thing/${logicalId}`, "Nested.Url": "http://x" },
      };
    },
    async stop() {},
  };
  return { created, service };
}

async function create(resources: Template["Resources"], rest: Omit<Template, "Resources"> = {}) {
  const { created, service } = things();
  const stack = await createStack({ ...rest, Resources: resources }, { services: [service], pseudo });
  return {
    stack,
    created,
    of: (id: string) => created.find(({ logicalId }) => logicalId === id)?.properties,
  };
}

const thing = (Properties: Record<string, unknown> = {}) => ({ Type: "Test::Thing", Properties });

describe("resolving", () => {
  test("references, attributes and pseudo parameters become what they stand for", async () => {
    const { of } = await create({
      A: thing({
        name: { Ref: "B" },
        arn: { "Fn::GetAtt": ["B", "Arn"] },
        nested: { "Fn::GetAtt": "B.Nested.Url" },
        region: { Ref: "AWS::Region" },
        left: { Ref: "AWS::NoValue" },
        list: [{ Ref: "AWS::NoValue" }, 1, { deep: { Ref: "B" } }],
      }),
      B: thing(),
    });
    expect(of("A")).toEqual({
      name: "B-name",
      arn: "arn:thing/B",
      nested: "http://x",
      region: "us-east-1",
      list: [1, { deep: "B-name" }],
    });
  });

  test("text is joined, split, selected and substituted", async () => {
    const { of } = await create({
      A: thing({
        joined: { "Fn::Join": ["/", ["a", { Ref: "B" }]] },
        selected: { "Fn::Select": [1, { "Fn::Split": [":", { "Fn::GetAtt": ["B", "Arn"] }] }] },
        plain: { "Fn::Sub": "${AWS::Region}-${B}-${B.Arn}-${!kept}" },
        own: { "Fn::Sub": ["${x}!", { x: { Ref: "B" } }] },
      }),
      B: thing(),
    });
    expect(of("A")).toEqual({
      joined: "a/B-name",
      selected: "thing/B",
      plain: "us-east-1-B-name-arn:thing/B-${kept}",
      own: "B-name!",
    });
  });

  test("conditions choose values, and leave resources out", async () => {
    const { of, created } = await create(
      {
        A: thing({ which: { "Fn::If": ["Here", "here", "there"] } }),
        B: { ...thing(), Condition: "Elsewhere" },
        C: { ...thing(), Condition: "Here" },
      },
      {
        Conditions: {
          Here: {
            "Fn::Or": [{ Condition: "Elsewhere" }, { "Fn::Equals": [{ Ref: "AWS::Region" }, "us-east-1"] }],
          },
          Elsewhere: { "Fn::And": [{ "Fn::Not": [{ "Fn::Equals": [{ Ref: "Size" }, "big"] }] }] },
        },
        Parameters: { Size: { Type: "String", Default: "big" } },
      },
    );
    expect(of("A")).toEqual({ which: "here" });
    expect(created.map(({ logicalId }) => logicalId)).toEqual(["A", "C"]);
  });

  test("outputs are resolved once everything exists", async () => {
    const { stack } = await create(
      { A: thing() },
      { Outputs: { Url: { Value: { "Fn::GetAtt": ["A", "Arn"] } } } },
    );
    expect(stack.outputs).toEqual({ Url: "arn:thing/A" });
  });

  test("an object whose only key looks like nothing known stays data", async () => {
    const { of } = await create({
      A: thing({ statement: { Condition: { StringEquals: { "aws:x": "y" } } } }),
    });
    expect(of("A")).toEqual({ statement: { Condition: { StringEquals: { "aws:x": "y" } } } });
  });
});

describe("order", () => {
  test("a resource comes after all that it refers to or depends on", async () => {
    const { created } = await create({
      A: thing({ x: { "Fn::Sub": "${B.Arn}" } }),
      B: { ...thing(), DependsOn: ["C", "D"] },
      C: thing({ x: { "Fn::Join": ["", [{ Ref: "D" }]] } }),
      D: thing(),
    });
    expect(created.map(({ logicalId }) => logicalId)).toEqual(["D", "C", "B", "A"]);
  });

  test("resources that need each other are named", async () => {
    await expect(create({ A: thing({ x: { Ref: "B" } }), B: thing({ x: { Ref: "A" } }) })).rejects.toThrow(
      "These resources need each other: A → B → A",
    );
  });
});

describe("what the host does not know is an error that names it", () => {
  test.each([
    ["a type", { A: { Type: "AWS::Kinesis::Stream" } }, "A is of type AWS::Kinesis::Stream"],
    ["an intrinsic", { A: thing({ x: { "Fn::ImportValue": "y" } }) }, "A uses Fn::ImportValue"],
    ["an attribute", { A: thing({ x: { "Fn::GetAtt": ["B", "Colour"] } }), B: thing() }, "A uses B.Colour"],
    ["a reference", { A: thing({ x: { Ref: "Nobody" } }) }, "A refers to Nobody"],
    ["a condition", { A: thing({ x: { "Fn::If": ["Perhaps", 1, 2] } }) }, "the condition Perhaps"],
  ])("%s", async (_, resources, message) => {
    await expect(create(resources)).rejects.toThrow(message);
  });

  test("a section of the template", async () => {
    await expect(create({ A: thing() }, { Mappings: { x: {} } })).rejects.toThrow("a section Mappings");
    await expect(create({ A: thing() }, { Mappings: {} })).resolves.toBeDefined();
  });

  test("a property, by whoever hosts the type", async () => {
    const service: Service = {
      types: ["Test::Thing"],
      create: async () => Promise.reject(new Error("no property Colour")),
      stop: async () => {},
    };
    await expect(createStack({ Resources: { A: thing() } }, { services: [service], pseudo })).rejects.toThrow(
      "A (Test::Thing) can't be hosted: no property Colour",
    );
  });
});

test("types without behaviour are accepted, and still give their names to others", async () => {
  const { service, created } = things();
  const inert = inertTypes({ account: "000000000000", region: "us-east-1" });
  const Alarm = { Type: "AWS::CloudWatch::Alarm", Properties: {} };
  const resources = { Alarm, A: thing({ alarm: { "Fn::GetAtt": ["Alarm", "Arn"] } }) };
  await createStack({ Resources: resources }, { services: [service, inert], pseudo });
  expect(created[0]?.properties).toEqual({ alarm: "arn:aws:cloudwatch:us-east-1:000000000000:alarm:Alarm" });
});
