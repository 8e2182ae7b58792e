import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { promisify } from "node:util";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { s3 } from "../../../local/services/s3.ts";
import { client, type FakeHost, fakeHost, serve, useJournal } from "./support.ts";

const DAY = 86_400_000;
const Bucket = "imports";
const journals = useJournal();

let host: FakeHost;
let served: Awaited<ReturnType<typeof serve>>;
let calls: S3Client;

const create = (properties: Record<string, unknown> = {}, service = served.service) =>
  service.create({ logicalId: "Imports", type: "AWS::S3::Bucket", properties });
const read = async (Key: string, more: { Range?: string; IfMatch?: string } = {}) => {
  const { Body, ...about } = await calls.send(new GetObjectCommand({ Bucket, Key, ...more }));
  return { ...about, body: Buffer.from((await Body?.transformToByteArray()) ?? []) };
};
/** The signer's clock is the host's, as in a function. */
const presigned = (Key: string, more: { expiresIn?: number; ContentLength?: number } = {}) => {
  const signer = new S3Client({
    ...client,
    endpoint: served.url,
    requestChecksumCalculation: "WHEN_REQUIRED",
  });
  const { ContentLength, expiresIn = 60 } = more;
  const command = new PutObjectCommand({
    Bucket,
    Key,
    ...(ContentLength === undefined ? {} : { ContentLength }),
  });
  return getSignedUrl(signer, command, {
    expiresIn,
    signingDate: new Date(host.clock.now()),
    signableHeaders: new Set(["content-length"]),
  });
};

beforeEach(async () => {
  host = fakeHost();
  served = await serve((url) => s3(host, { url, secretOf: () => "test" }));
  calls = new S3Client({ ...client, endpoint: served.url });
  await create({ NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } } });
});
afterEach(() => served.close());

describe("a bucket", () => {
  test("gives back what was put into it", async () => {
    await calls.send(
      new PutObjectCommand({
        Bucket,
        Key: "imports/a b+é.csv",
        Body: "name\nAni",
        ContentType: "text/csv",
        Metadata: { by: "ani" },
      }),
    );
    const object = await read("imports/a b+é.csv");
    expect(object.body.toString()).toBe("name\nAni");
    expect(object).toMatchObject({
      ContentType: "text/csv",
      ContentLength: 8,
      Metadata: { by: "ani" },
      ETag: `"${createHash("md5").update("name\nAni").digest("hex")}"`,
      LastModified: new Date(host.clock.now()),
    });
    expect(await calls.send(new HeadObjectCommand({ Bucket, Key: "imports/a b+é.csv" }))).toMatchObject({
      ContentLength: 8,
    });
  });

  test("takes a stream in the SDK's chunks, checked by the trailer", async () => {
    const bytes = randomBytes(300_000);
    const Body = Readable.from([bytes.subarray(0, 70_000), bytes.subarray(70_000)]);
    await calls.send(new PutObjectCommand({ Bucket, Key: "stream", Body, ContentLength: bytes.length }));
    expect((await read("stream")).body.equals(bytes)).toBe(true);
  });

  test("refuses a body that is not what its checksum says", async () => {
    const wrong = new PutObjectCommand({ Bucket, Key: "wrong", Body: "x", ChecksumCRC32: "AAAAAA==" });
    await expect(calls.send(wrong)).rejects.toMatchObject({ name: "BadDigest" });
    await expect(read("wrong")).rejects.toMatchObject({ name: "NoSuchKey" });
  });

  test("gives a part when asked for a range", async () => {
    await calls.send(new PutObjectCommand({ Bucket, Key: "a", Body: "0123456789" }));
    const part = await read("a", { Range: "bytes=2-4" });
    expect(part.body.toString()).toBe("234");
    expect(part.ContentRange).toBe("bytes 2-4/10");
    expect((await read("a", { Range: "bytes=-3" })).body.toString()).toBe("789");
    await expect(read("a", { Range: "bytes=10-" })).rejects.toMatchObject({ name: "InvalidRange" });
  });

  test("gives an object only in the version that is asked for", async () => {
    const put = (Body: string) => calls.send(new PutObjectCommand({ Bucket, Key: "a", Body }));
    const { ETag = "" } = await put("one");
    expect((await read("a", { IfMatch: ETag })).body.toString()).toBe("one");
    await put("two");
    await expect(read("a", { IfMatch: ETag })).rejects.toMatchObject({ name: "PreconditionFailed" });
    expect((await read("a", { IfMatch: "*" })).body.toString()).toBe("two");
  });

  test("replaces and deletes", async () => {
    const put = (Body: string, more: object = {}) =>
      calls.send(new PutObjectCommand({ Bucket, Key: "a", Body, ...more }));
    await put("one");
    await put("");
    expect((await read("a")).body.toString()).toBe("");
    await expect(put("three", { IfNoneMatch: "*" })).rejects.toMatchObject({ name: "PreconditionFailed" });
    await calls.send(new DeleteObjectCommand({ Bucket, Key: "a" }));
    await calls.send(new DeleteObjectCommand({ Bucket, Key: "a" }));
    await expect(read("a")).rejects.toMatchObject({ name: "NoSuchKey" });
    await expect(calls.send(new HeadObjectCommand({ Bucket, Key: "a" }))).rejects.toMatchObject({
      name: "NotFound",
    });
  });

  test("announces each new object on EventBridge, in S3's shape", async () => {
    await calls.send(new PutObjectCommand({ Bucket, Key: "imports/a b.csv", Body: "Ani" }));
    await host.idle();
    expect(host.emitted).toEqual([
      {
        bus: "default",
        event: {
          source: "aws.s3",
          "detail-type": "Object Created",
          detail: {
            version: "0",
            bucket: { name: "imports" },
            object: {
              key: "imports/a b.csv",
              size: 3,
              etag: expect.stringMatching(/^[0-9a-f]{32}$/),
              sequencer: expect.any(String),
            },
            "request-id": expect.any(String),
            requester: "000000000000",
            "source-ip-address": "127.0.0.1",
            reason: "PutObject",
          },
        },
      },
    ]);
  });

  test("forgets objects when its lifecycle says so, at midnight UTC", async () => {
    await create({ LifecycleConfiguration: { Rules: [{ Status: "Enabled", ExpirationInDays: 7 }] } });
    await host.advance(DAY / 2);
    await calls.send(new PutObjectCommand({ Bucket, Key: "a", Body: "x" }));
    await host.advance(7.5 * DAY - 1);
    expect((await read("a")).body.toString()).toBe("x");
    await host.advance(1);
    await expect(read("a")).rejects.toMatchObject({ name: "NoSuchKey" });
  });

  test("is refused with a property that is not understood, and refuses calls that are not answered", async () => {
    await expect(create({ VersioningConfiguration: { Status: "Enabled" } })).rejects.toThrow(
      "VersioningConfiguration",
    );
    await expect(
      create({ LifecycleConfiguration: { Rules: [{ Status: "Enabled", Transitions: [] }] } }),
    ).rejects.toThrow("Transitions");
    await expect(create({ NotificationConfiguration: { LambdaConfigurations: [] } })).rejects.toThrow(
      "LambdaConfigurations",
    );
    await expect(calls.send(new ListObjectsV2Command({ Bucket }))).rejects.toMatchObject({
      name: "NotImplemented",
    });
    await expect(calls.send(new GetObjectCommand({ Bucket: "other", Key: "a" }))).rejects.toMatchObject({
      name: "NoSuchBucket",
    });
  });

  test("keeps its objects between starts when it is given a folder", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sapa-s3-test-"));
    try {
      for (const write of [true, false]) {
        const journal = await journals.restart();
        const one = await serve((url) => s3(host, { url, folder, journal }));
        await create({}, one.service);
        await one.service.start?.();
        const own = new S3Client({ ...client, endpoint: one.url });
        if (write) await own.send(new PutObjectCommand({ Bucket, Key: "a", Body: "kept" }));
        else
          expect(
            await (await own.send(new GetObjectCommand({ Bucket, Key: "a" }))).Body?.transformToString(),
          ).toBe("kept");
        await one.close();
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

test("an upload survives a kill, and what broke off leaves nothing", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sapa-s3-killed-"));
  try {
    const journal = await journals.restart();
    const one = await serve((url) => s3(host, { url, folder, journal }));
    await create({}, one.service);
    await one.service.start?.();
    const own = new S3Client({ ...client, endpoint: one.url });
    await own.send(new PutObjectCommand({ Bucket, Key: "a", Body: "first" }));
    await own.send(new PutObjectCommand({ Bucket, Key: "a", Body: "second" }));
    writeFileSync(join(folder, "broke-off"), "half an upload");
    await journal.written();
    const next = await journals.restart("killed");
    const two = await serve((url) => s3(host, { url, folder, journal: next }));
    await create({}, two.service);
    await two.service.start?.();
    const again = new S3Client({ ...client, endpoint: two.url });
    const { Body } = await again.send(new GetObjectCommand({ Bucket, Key: "a" }));
    expect(await Body?.transformToString()).toBe("second");
    expect(readdirSync(folder)).toHaveLength(1);
    await one.close();
    await two.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe("a presigned URL", () => {
  const upload = (url: string, body: string, headers: Record<string, string> = {}) =>
    fetch(url, { method: "PUT", body, headers });

  test("takes a file by curl -T", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sapa-curl-"));
    const bytes = randomBytes(1_000_000);
    writeFileSync(join(folder, "customers.csv"), bytes);
    await promisify(execFile)("curl", [
      "-sf",
      "-T",
      join(folder, "customers.csv"),
      await presigned("imports/1"),
    ]);
    rmSync(folder, { recursive: true });
    expect((await read("imports/1")).body.equals(bytes)).toBe(true);
    await host.idle();
    expect(host.emitted).toHaveLength(1);
  });

  test("is refused once it has expired", async () => {
    const url = await presigned("imports/1");
    await host.advance(60_000);
    expect((await upload(url, "on time")).status).toBe(200);
    await host.advance(1);
    const late = await upload(url, "late");
    expect(late.status).toBe(403);
    expect(await late.text()).toContain("<Code>AccessDenied</Code><Message>Request has expired</Message>");
    expect((await read("imports/1")).body.toString()).toBe("on time");
  });

  test("is refused for another key, or another length than was signed", async () => {
    const url = await presigned("imports/1", { ContentLength: 3 });
    expect((await upload(url.replace("imports/1", "imports/2"), "abc")).status).toBe(403);
    expect((await upload(url, "abcd")).status).toBe(403);
    expect((await upload(url, "abc")).status).toBe(200);
  });

  test("holds the body to a checksum that was signed into it", async () => {
    const url = await getSignedUrl(calls, new PutObjectCommand({ Bucket, Key: "a" }), {
      signingDate: new Date(host.clock.now()),
    });
    expect(new URL(url).searchParams.get("x-amz-checksum-crc32")).toBe("AAAAAA==");
    expect((await upload(url, "not empty")).status).toBe(400);
  });

  test("leaves nothing of an upload that broke off", async () => {
    const url = new URL(await presigned("imports/1"));
    await new Promise<void>((resolve) => {
      const socket = connect(Number(url.port), url.hostname, () => {
        const head = `PUT ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\ncontent-length: 100\r\n\r\nhalf`;
        socket.write(head, () => setTimeout(() => socket.destroy(), 30));
      });
      socket.on("close", () => resolve());
    });
    await expect(read("imports/1")).rejects.toMatchObject({ name: "NoSuchKey" });
  });
});
