import { TextDecoder } from "node:util";

/** A file that can't be imported at all; its message is the reason that the owner reads. */
export class BadFile extends Error {}

/** Enough to tell encoding and delimiter by, and to see that a file is text. */
const sampleBytes = 64 * 1024;

/**
 * Decodes a file of unknown origin, piece by piece: UTF-8, with or without a byte-order mark, UTF-16 by its mark,
 * and else Windows-1252, in which Excel saves "CSV" in Western languages.
 */
export async function* textOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined;
  let held: Uint8Array[] = [];
  let size = 0;
  for await (const piece of bytes) {
    if (decoder) {
      yield decoder.decode(piece, { stream: true });
      continue;
    }
    held.push(piece);
    size += piece.length;
    if (size < sampleBytes) continue;
    const sample = Buffer.concat(held);
    held = [];
    decoder = decoderFor(sample);
    yield decoder.decode(sample, { stream: true });
  }
  const sample = Buffer.concat(held);
  decoder ??= decoderFor(sample);
  yield decoder.decode(sample, { stream: true }) + decoder.decode();
}

function decoderFor(sample: Buffer): TextDecoder {
  if (sample.length === 0) throw new BadFile("The file is empty");
  const [first, second] = sample;
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le");
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be");
  if (sample.subarray(0, 2).toString("latin1") === "PK") {
    throw new BadFile("The file is a workbook (.xlsx) or another archive: save it as CSV first");
  }
  if (sample.includes(0)) throw new BadFile("The file is not text");
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(sample, { stream: true });
    return new TextDecoder("utf-8");
  } catch {
    return new TextDecoder("windows-1252");
  }
}
