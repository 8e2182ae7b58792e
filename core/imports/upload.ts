import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { environment } from "../environment.ts";
import { BadFile } from "./text.ts";

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

/** The bytes of a file as they come, and what tells this version of it from another. */
export type Opened = { bytes: AsyncIterable<Uint8Array>; etag: string | undefined };

/**
 * Opens an uploaded file; with an ETag only that version of it. A URL can be used again while it is good: what was
 * rehearsed must not be exchanged for something else before it is brought in.
 *
 * @throws BadFile when there is another version, or none any more.
 */
export async function open(key: string, etag: string | undefined): Promise<Opened> {
  const { Body, ETag } = await s3
    .send(
      new GetObjectCommand({
        Bucket: environment("IMPORTS_BUCKET_NAME"),
        Key: key,
        ...(etag && { IfMatch: etag }),
      }),
    )
    .catch((error: Error) => {
      if (error.name === "PreconditionFailed") throw new BadFile("Another file was uploaded in its place");
      if (error.name === "NoSuchKey") throw new BadFile("The file is not kept any more: upload it again");
      throw error;
    });
  if (!Body) throw new Error(`The file ${key} has no body`);
  return { bytes: Body as unknown as AsyncIterable<Uint8Array>, etag: ETag };
}
