import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { AwsAnswer, AwsRequest, Created, Host, Resource, Service, ServiceOptions } from "../contract.ts";
import { Journal, Records } from "../journal.ts";
import { checkPresigned } from "./presigned-url.ts";
import { AwsError } from "./protocol.ts";
import { BodyReader } from "./s3-body.ts";
import { type Bucket, readBucket } from "./s3-bucket.ts";
import { Objects, type StoredObject } from "./s3-objects.ts";

export type S3Options = ServiceOptions & {
  /** Where the objects' bytes are kept between starts; without it in a folder that goes with the host. */
  folder?: string | undefined;
  /** The secret that belongs to an access key, to verify presigned URLs with; without it only their time is checked. */
  secretOf?: (accessKey: string) => string | undefined;
};

type Address = { bucket: string; key: string };

/** S3: buckets whose objects are files, streamed in and out. */
export function s3(host: Host, options: S3Options): Service {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "sapa-s3-"));
  const buckets = new Map<string, Bucket>();
  const objects = new Objects(folder, new Records(options.journal ?? Journal.none(), "objects"));
  const timers = new Map<string, () => void>();

  function createBucket(resource: Resource): Created {
    const bucket = readBucket(resource);
    buckets.set(bucket.name, bucket);
    const domain = `${bucket.name}.s3.${host.region}.amazonaws.com`;
    const attributes = { Arn: `arn:aws:s3:::${bucket.name}`, DomainName: domain, RegionalDomainName: domain };
    return { ref: bucket.name, attributes };
  }

  /** Deletes an object when the bucket's lifecycle says so. */
  function expire(object: StoredObject): void {
    const due = buckets.get(object.bucket)?.expiresAt(object.key, object.modifiedAt);
    const id = `${object.bucket}/${object.key}`;
    timers.get(id)?.();
    timers.delete(id);
    if (due === undefined) return;
    const action = () => {
      timers.delete(id);
      objects.delete(object.bucket, object.key);
    };
    timers.set(id, host.clock.at(due, action, `expiry of ${id}`));
  }

  async function put(request: AwsRequest, { bucket, key }: Address): Promise<AwsAnswer> {
    const { headers, query } = request;
    const given = (name: string) => headers[name] ?? query.get(name) ?? undefined;
    const chunked = given("x-amz-content-sha256")?.startsWith("STREAMING-") ?? false;
    if (headers["content-length"] === undefined && headers["x-amz-decoded-content-length"] === undefined) {
      throw new AwsError("MissingContentLength", "You must provide the Content-Length HTTP header.", 411);
    }
    if (headers["if-none-match"] === "*" && objects.find(bucket, key)) {
      throw preconditionFailed();
    }
    const sent = [...Object.keys(headers), ...query.keys()]
      .filter((name) => name.startsWith("x-amz-checksum-") || name === "content-md5")
      .map((name) => ({ name, value: given(name) ?? "" }));
    const reader = new BodyReader({ chunked, sent });
    const about = { bucket, key, modifiedAt: host.clock.now(), headers: keptHeaders(headers) };
    const object = await objects.put(about, {
      body: request.stream ?? Readable.from([request.body]),
      reader,
      onStored(stored) {
        expire(stored);
        if (buckets.get(bucket)?.announces) void host.busy(announce(stored, request));
      },
    });
    return { status: 200, headers: { etag: `"${object.etag}"` } };
  }

  async function announce({ bucket, key, size, etag }: StoredObject, request: AwsRequest): Promise<void> {
    const detail = {
      version: "0",
      bucket: { name: bucket },
      object: { key, size, etag, sequencer: host.clock.now().toString(16).toUpperCase().padStart(18, "0") },
      "request-id": randomUUID().slice(0, 16).toUpperCase(),
      requester: host.account,
      "source-ip-address": "127.0.0.1",
      reason: request.method === "POST" ? "POST Object" : "PutObject",
    };
    await host.emit("default", { source: "aws.s3", "detail-type": "Object Created", detail });
  }

  function get(request: AwsRequest, { bucket, key }: Address): AwsAnswer {
    const object = objects.find(bucket, key);
    if (!object) throw new AwsError("NoSuchKey", "The specified key does not exist.", 404);
    const wanted = request.headers["if-match"];
    if (wanted !== undefined && wanted !== "*" && wanted.replace(/"/g, "") !== object.etag)
      throw preconditionFailed();
    const range = rangeOf(request.headers.range, object.size);
    const { start, end } = range ?? { start: 0, end: object.size - 1 };
    const headers: Record<string, string> = {
      ...object.headers,
      etag: `"${object.etag}"`,
      "last-modified": new Date(object.modifiedAt).toUTCString(),
      "accept-ranges": "bytes",
      "content-length": String(end - start + 1),
      ...(range ? { "content-range": `bytes ${start}-${end}/${object.size}` } : {}),
    };
    const status = range ? 206 : 200;
    if (request.method === "HEAD" || object.size === 0) return { status, headers };
    return { status, headers, body: objects.read(object, { start, end }) };
  }

  async function call(request: AwsRequest): Promise<AwsAnswer> {
    const { path, hosted } = pathOf(request);
    const accessKey = request.query.get("X-Amz-Credential")?.split("/")[0] ?? "";
    const signedPath = hosted
      ? request.path
      : `${new URL(options.url).pathname.replace(/\/$/, "")}${request.path}`;
    checkPresigned(request, {
      now: host.clock.now(),
      path: signedPath,
      secret: options.secretOf?.(accessKey),
    });
    const [bucket = "", ...rest] = path.slice(1).split("/");
    const key = decodeURIComponent(rest.join("/"));
    if (!buckets.has(bucket)) throw new AwsError("NoSuchBucket", "The specified bucket does not exist.", 404);
    const aspect = [...request.query.keys()].find((name) => !/^(x-id$|x-amz-|response-)/i.test(name));
    const { method } = request;
    if (key === "" || aspect !== undefined || request.headers["x-amz-copy-source"] !== undefined) {
      throw new AwsError("NotImplemented", `${method} ${path} is not answered by the local host`, 501);
    }
    if (method === "PUT") return put(request, { bucket, key });
    if (method === "GET" || method === "HEAD") return get(request, { bucket, key });
    if (method !== "DELETE") throw new AwsError("MethodNotAllowed", "The method is not allowed.", 405);
    objects.delete(bucket, key);
    return { status: 204 };
  }

  /** A bucket is named by the path, or by the host: `imports.localhost:3003`. */
  function pathOf(request: AwsRequest): { path: string; hosted: boolean } {
    const [first = "", ...others] = (request.headers.host ?? "").split(".");
    const hosted = others.length > 0 && buckets.has(first);
    return { path: hosted ? `/${first}${request.path}` : request.path, hosted };
  }

  return {
    types: ["AWS::S3::Bucket", "AWS::S3::BucketPolicy"],
    endpoint: "S3",
    streams: true,
    async create(resource) {
      if (resource.type === "AWS::S3::Bucket") return createBucket(resource);
      // Who may read and write is for IAM to say; nobody from outside can reach the local host.
      return { ref: resource.logicalId, attributes: {} };
    },
    async answer(request) {
      try {
        return await call(request);
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        // What was not read of a refused upload would otherwise hold up the connection.
        request.stream?.resume();
        return problem(error, request);
      }
    },
    async start() {
      for (const object of objects.all()) expire(object);
    },
    async stop() {
      for (const cancel of timers.values()) cancel();
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

const preconditionFailed = () =>
  new AwsError("PreconditionFailed", "At least one of the preconditions you specified did not hold.", 412);

function keptHeaders(headers: Record<string, string>): Record<string, string> {
  const known = ["content-type", "content-disposition", "content-language", "cache-control", "expires"];
  const kept = Object.entries(headers).filter(
    ([name]) => known.includes(name) || name.startsWith("x-amz-meta-"),
  );
  const encoding = (headers["content-encoding"] ?? "").replace(/\s*aws-chunked\s*,?/, "");
  return {
    "content-type": "binary/octet-stream",
    ...Object.fromEntries(kept),
    ...(encoding === "" ? {} : { "content-encoding": encoding }),
  };
}

/** `bytes=0-99`, `bytes=100-` or `bytes=-50`; anything else is ignored, as S3 does. */
function rangeOf(header: string | undefined, size: number): { start: number; end: number } | undefined {
  const [, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/.exec(header ?? "") ?? [];
  if (from === "" && to === "") return undefined;
  const start = from === "" ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === "" || to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (start <= end) return { start, end };
  throw new AwsError("InvalidRange", "The requested range is not satisfiable", 416);
}

function problem({ code, message, status }: AwsError, request: AwsRequest): AwsAnswer {
  const escaped = message.replace(/[<>&]/g, (character) => `&#${character.charCodeAt(0)};`);
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${escaped}</Message></Error>`;
  const headers = { "content-type": "application/xml" };
  return request.method === "HEAD" ? { status, headers } : { status, headers, body };
}
