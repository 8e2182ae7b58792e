import { createHash } from "node:crypto";
import type { MessageAttribute } from "./queue.ts";

/** In hex. */
export const md5 = (value: string | Buffer): string => createHash("md5").update(value).digest("hex");

/** SQS's own digest: names in order, each part preceded by its length, a byte that tells text from binary. */
export function md5OfAttributes(attributes: Record<string, MessageAttribute>): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const measured = (part: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(part.length);
    return Buffer.concat([length, part]);
  };
  const parts = names.map((name) => {
    const { DataType, StringValue, BinaryValue } = attributes[name] ?? { DataType: "" };
    const value =
      BinaryValue === undefined ? Buffer.from(StringValue ?? "") : Buffer.from(BinaryValue, "base64");
    const kind = Buffer.from([BinaryValue === undefined ? 1 : 2]);
    return Buffer.concat([
      measured(Buffer.from(name)),
      measured(Buffer.from(DataType)),
      kind,
      measured(value),
    ]);
  });
  return md5(Buffer.concat(parts));
}
