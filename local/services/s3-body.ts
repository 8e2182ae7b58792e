import { createHash, type Hash } from "node:crypto";
import { Transform, type TransformCallback } from "node:stream";
import { crc32 } from "node:zlib";
import { AwsError } from "./protocol.ts";

/** A digest that a client sent along, in a header, a trailer or a presigned URL. */
type Sent = { name: string; value: string };

/** Checksums that are compared; a client may send others, which nothing here computes. */
const COMPUTED = ["x-amz-checksum-crc32", "x-amz-checksum-sha1", "x-amz-checksum-sha256", "content-md5"];

/**
 * Passes a body on as it comes, out of the SDK's aws-chunked encoding if it is in it, and fails at the end when it
 * is not what its checksums say. `size` and `md5` are known then.
 */
export class BodyReader extends Transform {
  size = 0;
  md5 = "";
  readonly #chunks: ChunkDecoder | undefined;
  readonly #sent: Sent[];
  readonly #hashes = new Map<string, Hash>();
  readonly #md5 = createHash("md5");
  #crc = 0;

  constructor({ chunked, sent }: { chunked: boolean; sent: Sent[] }) {
    super();
    this.#chunks = chunked ? new ChunkDecoder() : undefined;
    this.#sent = sent;
    for (const algorithm of ["sha1", "sha256"])
      this.#hashes.set(`x-amz-checksum-${algorithm}`, createHash(algorithm));
  }

  override _transform(piece: Buffer, _: BufferEncoding, done: TransformCallback): void {
    try {
      for (const data of this.#chunks ? this.#chunks.decode(piece) : [piece]) this.#pass(data);
      done();
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  }

  override _flush(done: TransformCallback): void {
    this.md5 = this.#md5.digest("hex");
    done(
      this.#chunks && !this.#chunks.ended
        ? new AwsError("IncompleteBody", "The body ends early.")
        : this.#problem(),
    );
  }

  #problem(): AwsError | null {
    const crc = Buffer.alloc(4);
    crc.writeUInt32BE(this.#crc);
    const computed = new Map([...this.#hashes].map(([name, hash]) => [name, hash.digest("base64")]));
    computed.set("content-md5", Buffer.from(this.md5, "hex").toString("base64"));
    computed.set("x-amz-checksum-crc32", crc.toString("base64"));
    const wrong = [...this.#sent, ...(this.#chunks?.trailers ?? [])].find(
      ({ name, value }) => COMPUTED.includes(name) && computed.get(name) !== value,
    );
    return wrong
      ? new AwsError("BadDigest", `The ${wrong.name} you specified did not match what we received.`)
      : null;
  }

  #pass(data: Buffer): void {
    this.size += data.length;
    this.#md5.update(data);
    this.#crc = crc32(data, this.#crc);
    for (const [name, hash] of this.#hashes) if (this.#expects(name)) hash.update(data);
    this.push(data);
  }

  #expects(name: string): boolean {
    return this.#chunks !== undefined || this.#sent.some((one) => one.name === name);
  }
}

/** aws-chunked: `size[;signature]\r\n`, data, `\r\n`, …, `0\r\n`, trailers, `\r\n`. */
class ChunkDecoder {
  ended = false;
  readonly trailers: Sent[] = [];
  #left = 0;
  #text = "";
  /** Whether the data of a chunk has just ended, so that its line break comes next. */
  #closing = false;
  #inTrailers = false;

  *decode(piece: Buffer): Generator<Buffer> {
    let at = 0;
    while (at < piece.length) {
      if (this.#left > 0) {
        const data = piece.subarray(at, at + this.#left);
        this.#left -= data.length;
        at += data.length;
        this.#closing = this.#left === 0;
        yield data;
      } else {
        const end = piece.indexOf(10, at);
        this.#text += piece.toString("latin1", at, end < 0 ? piece.length : end);
        if (end < 0) return;
        at = end + 1;
        this.#line(this.#text.replace(/\r$/, ""));
        this.#text = "";
      }
    }
  }

  #line(line: string): void {
    if (this.#closing) {
      this.#closing = false;
      if (line !== "") throw new AwsError("InvalidChunkSizeError", "A chunk is longer than it says.");
    } else if (this.#inTrailers) {
      const [name = "", ...value] = line.split(":");
      if (line === "") this.ended = true;
      else this.trailers.push({ name: name.trim().toLowerCase(), value: value.join(":").trim() });
    } else {
      const size = /^[0-9a-f]+/i.exec(line)?.[0];
      if (size === undefined)
        throw new AwsError("InvalidChunkSizeError", `${line} is not the size of a chunk.`);
      this.#left = Number.parseInt(size, 16);
      this.#inTrailers = this.#left === 0;
    }
  }
}
