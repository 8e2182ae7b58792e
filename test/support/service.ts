import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll } from "vitest";

/**
 * Stands in for a service of AWS while a file's tests run: the SDK is pointed at it by the variables that
 * `environment` makes of its address.
 */
export function useService(
  answer: RequestListener,
  environment: (url: string) => Record<string, string>,
): void {
  const server = createServer(answer);
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    Object.assign(process.env, {
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      ...environment(`http://127.0.0.1:${port}`),
    });
  });
  afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));
}
