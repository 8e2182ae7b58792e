import type { APIGatewayProxyEventV2 } from "aws-lambda";

/** More characters than any form of ours can hold; nobody's megabytes are picked apart. */
const longestBody = 100_000;

/**
 * The fields of a posted form, in either encoding that RFC 8058 allows. A body that is neither, broken or endless is a
 * form without fields: whoever posts to an unsubscribe link is unsubscribed, however their mail program writes it.
 */
export async function formOf({ headers, body, isBase64Encoded }: APIGatewayProxyEventV2): Promise<Form> {
  const fields = new Map<string, string[]>();
  const type = headers["content-type"];
  if (body && type && body.length <= longestBody) {
    const bytes = Buffer.from(body, isBase64Encoded ? "base64" : "utf8");
    const request = new Response(bytes, { headers: { "content-type": type } });
    const data = await request.formData().catch(() => []);
    for (const [name, value] of data) {
      if (typeof value === "string") fields.set(name, [...(fields.get(name) ?? []), value]);
    }
  }
  return {
    first: (name) => fields.get(name)?.[0],
    all: (name) => fields.get(name) ?? [],
  };
}

export type Form = { first: (name: string) => string | undefined; all: (name: string) => readonly string[] };
