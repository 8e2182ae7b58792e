import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pathOfHalfCharacter } from "../../core/json.ts";
import { beginning } from "../../core/text.ts";
import { routes as customers } from "../../functions/http/customers.ts";
import { routes as segments } from "../../functions/http/segments.ts";
import { formOf } from "../../functions/links/form.ts";
import { apiOf, keyOf } from "../http/api.ts";
import { useDatabase } from "../support/database.ts";
import { aBusiness, saveBusiness } from "../support/shop.ts";

useDatabase();

const api = apiOf([...customers, ...segments]);
const attributes = { drink: "text" as const };
const message = "holds half of a character (an unpaired surrogate)";

describe("half of a character is no text", () => {
  test.each([
    ["a name", "PUT /v1/customers", '{"email":"a@example.com","name":"Ani \\ud83d"}', "name"],
    ["a tag", "PUT /v1/customers", '{"email":"a@example.com","tags":["a","\\uDC00"]}', "tags.1"],
    [
      "an attribute",
      "PUT /v1/customers",
      '{"email":"a@example.com","attributes":{"drink":"\\ude00\\ud83d"}}',
      "attributes.drink",
    ],
    ["the name of a field", "PUT /v1/customers", '{"a\\ud83d":1}', "a\ufffd"],
    [
      "a condition",
      "POST /v1/segments",
      '{"name":"a","definition":{"all":[{"tag":"\\ud83d"}]}}',
      "definition.all.0.tag",
    ],
    ["a text as it is", "PUT /v1/customers", '{"name":"\ud83d"}', "name"],
    ["a text alone", "PUT /v1/customers", '"\\ud83d"', "body"],
  ])("%s with one is refused by its place", async (_, line, body, field) => {
    const key = await keyOf(await saveBusiness(aBusiness({ attributes })));
    const answer = await api.call(line, { key, body });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ field, message }] } });
  });

  test("whole ones are taken, written either way", async () => {
    const key = await keyOf(await saveBusiness(aBusiness({ attributes })));
    const body = '{"email":"a@example.com","name":"\\ud83d\\ude00 😀"}';
    expect(await api.call("PUT /v1/customers", { key, body })).toMatchObject({
      status: 201,
      body: { name: "😀 😀" },
    });
  });

  test("a cursor with one is none of ours", async () => {
    const key = await keyOf(await saveBusiness(aBusiness()));
    const cursor = Buffer.from('{"shard":1,"after":"cus_\\ud83d"}').toString("base64url");
    expect(await api.call(`GET /v1/customers?cursor=${cursor}`, { key })).toMatchObject({ status: 400 });
  });

  test("no form can bring one", async () => {
    const given = {
      headers: { "content-type": "application/x-www-form-urlencoded" },
      isBase64Encoded: false,
    };
    const form = await formOf({ ...given, body: "nickname=Ani%ED%A0%BD" } as unknown as Parameters<
      typeof formOf
    >[0]);
    expect(form.first("nickname")?.isWellFormed()).toBe(true);
  });

  test("whatever JSON holds, one is found exactly when there is one", () => {
    const half = fc.constantFrom("\ud83d", "\ude00", "a", "😀", "\\ud83d");
    const text = fc.array(half, { maxLength: 4 }).map((parts) => parts.join(""));
    const value = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 3 },
        text,
        fc.array(tie("node"), { maxLength: 3 }),
        fc.dictionary(text, tie("node"), { maxKeys: 3 }),
      ),
    })).node;
    fc.assert(
      fc.property(value, (value) => {
        const json = JSON.stringify(value);
        // JSON.stringify writes whole characters as they are, and halves alone as escapes.
        const halves = /(?<!\\)(?:\\\\)*\\ud[89a-f]/.test(json);
        expect(pathOfHalfCharacter(json, JSON.parse(json)) !== undefined).toBe(halves);
      }),
    );
  });
});

test("a text that is cut ends with a whole character", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.nat(20), (text, length) => {
      const cut = beginning(text, length);
      expect(cut.isWellFormed()).toBe(true);
      expect(cut.length).toBeGreaterThanOrEqual(Math.min(text.length, length) - 1);
      expect(cut.length).toBeLessThanOrEqual(length);
      expect(text.startsWith(cut)).toBe(true);
    }),
  );
});
