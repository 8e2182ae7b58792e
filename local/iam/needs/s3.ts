import type { Names, NeedsOf } from "./need.ts";

const actions: Record<string, string> = {
  GET: "s3:GetObject",
  HEAD: "s3:GetObject",
  PUT: "s3:PutObject",
  DELETE: "s3:DeleteObject",
};

/**
 * One object needs its action there. Whoever uses a presigned URL acts with the rights of its signer, as they are then.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
 */
export const s3Needs: NeedsOf = ({ method, path, headers }, { buckets }: Names) => {
  const [host = "", ...others] = (headers.host ?? "").split(".");
  const hosted = others.length > 0 && buckets.has(host);
  const [bucket = "", ...key] = (hosted ? `${host}${path}` : path.slice(1)).split("/");
  const action = actions[method] ?? `s3:${method}`;
  return [{ action, resource: `arn:aws:s3:::${bucket}/${decoded(key.join("/"))}` }];
};

function decoded(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
