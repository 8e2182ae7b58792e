import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { environment } from "../environment.ts";

/** A checksum of an empty body, which the client adds by default, would be signed into the URL and refuse every file. */
const s3 = new S3Client({ requestChecksumCalculation: "WHEN_REQUIRED" });

/** How long a file may be uploaded, in seconds. */
export const uploadSeconds = 3600;

/**
 * A URL that takes the import's file by HTTP PUT: `curl -T customers.csv "$url"`. The length is signed with it: S3 has no
 * limit of its own below 5 GB, and refuses any other length with SignatureDoesNotMatch.
 */
export const uploadUrl = (key: string, size: number): Promise<string> =>
  getSignedUrl(
    s3,
    new PutObjectCommand({
      Bucket: environment("IMPORTS_BUCKET_NAME"),
      Key: key,
      ContentLength: size,
    }),
    { expiresIn: uploadSeconds, signableHeaders: new Set(["content-length"]) },
  );

/** The bytes of an uploaded file, as they come. */
export async function open(key: string): Promise<AsyncIterable<Uint8Array>> {
  const { Body } = await s3.send(
    new GetObjectCommand({ Bucket: environment("IMPORTS_BUCKET_NAME"), Key: key }),
  );
  if (!Body) throw new Error(`The file ${key} has no body`);
  return Body as unknown as AsyncIterable<Uint8Array>;
}
