import { expect, test } from "vitest";
import { form, useAni, visit } from "../support/links.ts";

const world = useAni();

const unknown = [
  "TRACE",
  "CONNECT",
  "PROPFIND",
  "PATCH",
  "PUT",
  "DELETE",
  "get",
  "FOO",
  "__proto__",
  "constructor",
  "",
];

test("a method that a page does not know is answered with those that it does, and changes nothing", async () => {
  for (const kind of ["unsubscribe", "preferences", "rating"] as const) {
    for (const method of unknown) {
      const answer = await visit(world.pathOf(kind), { ...form([["confirm", "yes"]]), method });
      expect(answer.statusCode, method).toBe(405);
      expect(answer.headers).toMatchObject({
        allow: "GET, POST, HEAD, OPTIONS",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
      });
    }
  }
  expect(await world.stored()).toEqual(world.ani);
});

test("OPTIONS is told them too, whether or not the link is one", async () => {
  const asked = { method: "OPTIONS" };
  const known = await visit(world.pathOf("unsubscribe"), asked);
  expect(known).toMatchObject({ statusCode: 204, headers: { allow: "GET, POST, HEAD, OPTIONS" } });
  expect(await visit("/u/none", asked)).toEqual(known);
  expect(await visit("/nothing", asked)).toMatchObject({ statusCode: 404 });
});

test("a slash behind a link does no harm, and any other change of its path leads nowhere", async () => {
  const path = world.pathOf("unsubscribe");
  expect((await visit(`${path}/`)).statusCode).toBe(200);
  for (const odd of [
    `/${path}`,
    path.replace("/u/", "/u//"),
    `${path}//`,
    `${path}/x`,
    path.toUpperCase(),
    "",
    "/",
  ]) {
    expect((await visit(odd, form([["confirm", "yes"]]))).statusCode, odd).toBe(404);
  }
  expect(await world.stored()).toEqual(world.ani);
});
