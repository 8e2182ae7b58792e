import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Readable } from "node:stream";

/** Only this machine reaches the host. */
export const address = "127.0.0.1";

export class PortTaken extends Error {
  constructor(port: number) {
    super(`Port ${port} is taken: end what uses it, or start with another --port`);
    this.name = "PortTaken";
  }
}

export type Listening = { port: number; url: string; stop: () => Promise<void> };
export type Handle = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Listens on a port of this machine, any free one for 0. `handle` must answer every request itself. */
export async function listen(port: number, handle: Handle): Promise<Listening> {
  // API Gateway refuses more than 10 KB of headers by itself; here the function says what is wrong with them.
  const server = createServer(
    { maxHeaderSize: 131_072 },
    (request, response) => void handle(request, response),
  );
  // The SDKs reuse connections for longer than Node's five seconds, and would meet a closed one.
  server.keepAliveTimeout = 120_000;
  await opened(server, port);
  const { port: actual } = server.address() as AddressInfo;
  return {
    port: actual,
    url: `http://${address}:${actual}`,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Fails with `PortTaken` for the first of these ports that something else listens on. */
export async function assertFree(ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    const listening = await listen(port, async (_, response) => void response.end());
    await listening.stop();
  }
}

async function opened(server: Server, port: number) {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "EADDRINUSE" ? new PortTaken(port) : error),
    );
    server.listen(port, address, resolve);
  });
}

/** The whole body, or undefined when it is longer than `most` bytes (the rest is read and thrown away). */
export async function bodyOf(stream: Readable, most = Number.POSITIVE_INFINITY): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size <= most) chunks.push(chunk);
  }
  return size <= most ? Buffer.concat(chunks) : undefined;
}

export function answerJson(response: ServerResponse, status: number, body: unknown) {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, { "content-type": "application/json" }).end(text);
}
