import { expect, test } from "vitest";
import { useHost } from "./support/host.ts";
import { story } from "./support/story.ts";

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
    counts: { rows: 2, created: 1, updated: 0, unchanged: 0, rejected: 1, subscribed: 1 },
  });
  const rejections = await stack.request(`GET /v1/imports/${id}/rejections`, { key });
  expect(rejections.body.items).toEqual([
    {
      row: 3,
      field: "email",
      reason: "is not an email address",
      effect: "row-rejected",
      value: "nowhere",
    },
  ]);
  const found = await stack.request("GET /v1/customers?email=ani@example.com", { key });
  expect(found.body.items).toMatchObject([{ name: "Ani", consent: "subscribed" }]);
});

/** Asks for an import, uploads the file, and waits for what comes of it. */
async function importing(key: string, body: object, file: string) {
  const asked = await stack.request("POST /v1/imports", {
    key,
    body: { format: "csv", size: Buffer.byteLength(file), ...body },
  });
  const { id, uploadUrl } = asked.body;
  expect(await upload(uploadUrl, file)).toBe(200);
  await stack.host.idle();
  return { id, uploadUrl, ...(await stack.request(`GET /v1/imports/${id}`, { key })).body };
}

const everyone = { kind: "customers", consent: "subscribed", legalBasis: "They signed up on our site" };

test("a file is rehearsed, asks what it does not understand, is answered, looked at and then brought in", {
  timeout: 60_000,
}, async () => {
  const { key } = await stack.shop();
  const file =
    "email,name,Status,birthday\nani@example.com,Ani,lama,24/11\nbudi@example.com,Budi,pergi,31/31\n";
  const { id, ...asks } = await importing(key, { ...everyone, dryRun: true }, file);
  const found = () => stack.request("GET /v1/customers?limit=10", { key });
  expect(asks).toMatchObject({
    state: "question",
    questions: [
      {
        column: "Status",
        values: [
          { value: "lama", rows: 1 },
          { value: "pergi", rows: 1 },
        ],
      },
    ],
  });
  expect((await found()).body.items).toEqual([]);

  const goOn = async (body: object) => {
    const answer = await stack.request(`POST /v1/imports/${id}/continue`, { key, body });
    await stack.host.idle();
    return { status: answer.status, ...(await stack.request(`GET /v1/imports/${id}`, { key })).body };
  };
  const values = [
    { value: "lama", means: "subscribed" },
    { value: "pergi", means: "unsubscribed" },
  ];
  const rehearsed = await goOn({ mapping: [{ column: "Status", field: "consent", values }] });
  expect(rehearsed).toMatchObject({
    status: 202,
    state: "rehearsed",
    counts: { rows: 2, created: 2, subscribed: 1, unsubscribed: 1, leftOut: 1 },
    problems: [{ field: "birthday", effect: "field-left-out", rows: 1, firstRow: 3 }],
  });
  expect((await found()).body.items).toEqual([]);
  const rows = await stack.request(`GET /v1/imports/${id}/rehearsal`, { key });
  expect(rows.body.items).toMatchObject([
    { row: 2, outcome: "created", customer: { email: "ani@example.com", birthday: "11-24" } },
    { row: 3, outcome: "created", customer: { consent: "unsubscribed" }, problems: [{ field: "birthday" }] },
  ]);

  expect(await goOn({})).toMatchObject({ status: 202, state: "finished", counts: rehearsed.counts });
  expect((await found()).body.items).toHaveLength(2);
  expect((await stack.request(`POST /v1/imports/${id}/continue`, { key, body: {} })).status).toBe(409);
});

test("a listmonk export brings nobody back whom it says is blocklisted, and mails the others only", {
  timeout: 60_000,
}, async () => {
  const { key } = await stack.shop();
  const file = [
    "uuid,email,name,attributes,status,created_at,updated_at",
    "1f,ani@example.com,Ani,{},enabled,2024-01-02 03:04:05 +0000 UTC,2024-01-02 03:04:05 +0000 UTC",
    "2f,budi@example.com,Budi,{},blocklisted,2024-01-02 03:04:05 +0000 UTC,2024-01-02 03:04:05 +0000 UTC",
    "3f,bounced@example.com,Cici,{},bounced,2024-01-02 03:04:05 +0000 UTC,2024-01-02 03:04:05 +0000 UTC",
    "",
  ].join("\n");
  expect(await importing(key, everyone, file)).toMatchObject({
    state: "finished",
    counts: { created: 3, subscribed: 1, unsubscribed: 1, suppressed: 1 },
  });
  const owner = story(stack, () => key);
  await owner.run(await owner.campaign({ kind: "broadcast", template: "broadcast", topic: "news" }));

  const all = stack.mails().flatMap(({ destination }) => destination.to);
  expect(all).toEqual(["ani@example.com"]);
});

test("another file can't be put in the place of one that was rehearsed", { timeout: 60_000 }, async () => {
  const { key } = await stack.shop();
  const { id, uploadUrl, state } = await importing(
    key,
    { ...everyone, dryRun: true },
    "email,status\nani@example.com,unsubscribed\n",
  );
  expect(state).toBe("rehearsed");
  expect(await upload(uploadUrl, "email,status\nani@example.com,  subscribed\n")).toBe(200);
  await stack.host.idle();
  await stack.request(`POST /v1/imports/${id}/continue`, { key, body: {} });
  await stack.host.idle();

  expect((await stack.request(`GET /v1/imports/${id}`, { key })).body).toMatchObject({
    state: "failed",
    reason: "Another file was uploaded in its place",
  });
  expect((await stack.request("GET /v1/customers?limit=10", { key })).body.items).toEqual([]);
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
