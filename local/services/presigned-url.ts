import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { AwsRequest } from "../contract.ts";
import { AwsError } from "./protocol.ts";

const LONGEST_SECONDS = 604_800;

/**
 * Refuses a presigned URL as S3 does: when it is past its time, when a header that it signs is missing, and, where
 * the signer's secret is known, when anything signed was changed (a signed content-length, for one).
 */
export function checkPresigned(
  request: AwsRequest,
  { now, path, secret }: { now: number; path: string; secret: string | undefined },
): void {
  const { query, headers } = request;
  if (!query.has("X-Amz-Signature")) return;
  const [, day = "", time = ""] = /^(\d{8})T(\d{6})Z$/.exec(query.get("X-Amz-Date") ?? "") ?? [];
  const iso = `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}T${time.replace(/(..)(..)(..)/, "$1:$2:$3")}Z`;
  const signedAt = Date.parse(iso);
  const seconds = Number(query.get("X-Amz-Expires"));
  if (Number.isNaN(signedAt) || !(seconds >= 1 && seconds <= LONGEST_SECONDS)) {
    throw new AwsError("AuthorizationQueryParametersError", "X-Amz-Date or X-Amz-Expires is not valid.");
  }
  if (signedAt + seconds * 1000 < now) throw new AwsError("AccessDenied", "Request has expired", 403);
  const signed = (query.get("X-Amz-SignedHeaders") ?? "").split(";");
  const missing = signed.find((name) => headers[name] === undefined);
  if (missing !== undefined)
    throw new AwsError("AccessDenied", `There is no header ${missing}, which was signed`, 403);
  if (secret === undefined) return;
  const canonical = [
    request.method,
    path,
    canonicalQuery(query),
    ...signed.map((name) => `${name}:${headers[name]?.trim()}`),
    "",
    signed.join(";"),
    query.get("X-Amz-Content-Sha256") ?? "UNSIGNED-PAYLOAD",
  ].join("\n");
  const [, ...scope] = (query.get("X-Amz-Credential") ?? "").split("/");
  const toSign = ["AWS4-HMAC-SHA256", query.get("X-Amz-Date"), scope.join("/"), sha256(canonical)].join("\n");
  const key = scope.reduce<string | Buffer>((from, part) => hmac(from, part), `AWS4${secret}`);
  const given = Buffer.from(query.get("X-Amz-Signature") ?? "");
  const expected = Buffer.from(hmac(key, toSign).toString("hex"));
  if (given.length === expected.length && timingSafeEqual(given, expected)) return;
  const message = "The request signature we calculated does not match the signature you provided.";
  throw new AwsError("SignatureDoesNotMatch", message, 403);
}

function canonicalQuery(query: URLSearchParams): string {
  return [...query]
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .sort()
    .join("&");
}

/** RFC 3986, which leaves less unencoded than encodeURIComponent. */
const encoded = (text: string) =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
