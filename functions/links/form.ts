import type { APIGatewayProxyEventV2 } from "aws-lambda";

/** More characters than any form of ours can hold; nobody's megabytes are picked apart. */
const longestBody = 100_000;
/** More fields than any form of ours has. */
const maxFields = 300;

/**
 * The fields of a posted form, in either encoding that RFC 8058 allows. A body that is neither, is broken or is too
 * large is a form without fields: whoever posts to an unsubscribe link is unsubscribed, however their mail program
 * writes it.
 */
export async function formOf({ headers, body, isBase64Encoded }: APIGatewayProxyEventV2): Promise<Form> {
  const fields = new Map<string, string[]>();
  const type = headers["content-type"];
  if (body && type && body.length <= longestBody) {
    const bytes = Buffer.from(body, isBase64Encoded ? "base64" : "utf8");
    const request = new Response(bytes, { headers: { "content-type": type } });
    const data = [...(await request.formData().catch(() => []))];
    for (const [name, value] of data.length <= maxFields ? data : []) {
      if (typeof value !== "string") continue;
      const values = fields.get(name);
      if (values) values.push(value);
      else fields.set(name, [value]);
    }
  }
  return {
    first: (name) => fields.get(name)?.[0],
    all: (name) => fields.get(name) ?? [],
  };
}

export type Form = { first: (name: string) => string | undefined; all: (name: string) => readonly string[] };
