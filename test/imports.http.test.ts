import { expect, test } from "vitest";
import { useHost } from "./support/host.ts";

/** The whole stack: an import is an upload to S3, an event, and a function that reads the file. */
const stack = useHost({ now: "2026-11-24T02:00:00Z" });

async function upload(url: string, file: string): Promise<number> {
  // As curl -T sends it: no content type, no checksum.
  return (await fetch(url, { method: "PUT", body: new Blob([file]) })).status;
}

test("a file that is uploaded is imported by itself, and its bad rows are listed", {
  timeout: 60_000,
}, async () => {
  const { key } = await stack.shop();
  const asked = await stack.request("POST /v1/imports", {
    key,
    body: { kind: "customers", format: "csv", consent: "subscribed", legalBasis: "Paper forms" },
  });
  expect(asked.status).toBe(201);
  const { id, uploadUrl } = asked.body;

  expect(await upload(uploadUrl, "\uFEFFNama;Email\r\nAni;ani@example.com\r\nBudi;nowhere\r\n")).toBe(200);
  await stack.host.idle();

  const done = await stack.request(`GET /v1/imports/${id}`, { key });
  expect(done.body).toMatchObject({
    state: "finished",
    counts: { rows: 2, created: 1, updated: 0, unchanged: 0, rejected: 1 },
  });
  const rejections = await stack.request(`GET /v1/imports/${id}/rejections`, { key });
  expect(rejections.body.items).toEqual([
    { row: 3, field: "email", reason: "is not an email address", value: "nowhere" },
  ]);
  const found = await stack.request("GET /v1/customers?email=ani@example.com", { key });
  expect(found.body.items).toMatchObject([{ name: "Ani", consent: "subscribed" }]);
});

test("a key without the right to orders can't import them", async () => {
  const { business } = await stack.shop();
  const issued = await stack.request(`POST /v1/businesses/${business}/keys`, {
    key: await stack.adminKey(),
    body: { name: "customers only", scopes: ["customers:read", "customers:write"] },
  });
  const body = { kind: "orders", format: "csv" };
  expect(
    (await stack.request("POST /v1/imports", { key: issued.body.token ?? issued.body.key, body })).status,
  ).toBe(403);
});
