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
  const file = "\uFEFFNama;Email\r\nAni;ani@example.com\r\nBudi;nowhere\r\n";
  const asked = await stack.request("POST /v1/imports", {
    key,
    body: {
      ...{ kind: "customers", format: "csv", size: Buffer.byteLength(file) },
      ...{ consent: "subscribed", legalBasis: "Paper forms" },
    },
  });
  expect(asked.status).toBe(201);
  const { id, uploadUrl } = asked.body;

  expect(await upload(uploadUrl, file)).toBe(200);
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

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html */
test("a file of another length than was said is refused, however it is sent, and imports nothing", async () => {
  const { key } = await stack.shop();
  const size = Buffer.byteLength("email\nani@example.com\n");
  const asked = await stack.request("POST /v1/imports", {
    key,
    body: { kind: "customers", format: "csv", size },
  });
  const { id, uploadUrl } = asked.body;
  const larger = "email\nani@example.com\nbudi@example.com\n";
  expect(await upload(uploadUrl, larger)).toBe(403);
  expect(await upload(uploadUrl, "email\n")).toBe(403);
  // Without a length, in chunks that may go on for ever.
  const chunks = new ReadableStream({
    start(controller) {
      controller.enqueue(Buffer.from(larger));
      controller.close();
    },
  });
  const chunked = { method: "PUT", body: chunks, duplex: "half" } as RequestInit;
  expect((await fetch(uploadUrl, chunked)).status).toBe(403);
  await stack.host.idle();
  expect((await stack.request(`GET /v1/imports/${id}`, { key })).body).toMatchObject({ state: "waiting" });

  expect(await upload(uploadUrl, "email\nani@example.com\n")).toBe(200);
  await stack.host.idle();
  expect((await stack.request(`GET /v1/imports/${id}`, { key })).body).toMatchObject({
    state: "finished",
    counts: { created: 1 },
  });
});

test("an import without the file's length is refused by name", async () => {
  const { key } = await stack.shop();
  const answer = await stack.request("POST /v1/imports", { key, body: { kind: "customers", format: "csv" } });
  expect(answer.status).toBe(400);
  expect(JSON.stringify(answer.body)).toContain('"field":"size"');
});

test("a key without the right to orders can't import them", async () => {
  const { business } = await stack.shop();
  const issued = await stack.request(`POST /v1/businesses/${business}/keys`, {
    key: await stack.adminKey(),
    body: { name: "customers only", scopes: ["customers:read", "customers:write"] },
  });
  const body = { kind: "orders", format: "csv", size: 100 };
  expect(
    (await stack.request("POST /v1/imports", { key: issued.body.token ?? issued.body.key, body })).status,
  ).toBe(403);
});
