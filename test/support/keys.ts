import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll } from "vitest";

/**
 * Gives the tests of a file a Secrets Manager that holds the stack's secret. `rotate` changes it, as an operator
 * would; `reads` counts how often it was asked for, and while `failing` it does not answer.
 */
export function useKeys(secret: object): {
  rotate: (secret: object) => void;
  reads: () => number;
  failing: (fails: boolean) => void;
} {
  let current = secret;
  let reads = 0;
  let fails = false;
  const server = createServer(async (request, response) => {
    for await (const _ of request);
    reads += 1;
    response.setHeader("content-type", "application/x-amz-json-1.1");
    if (fails) {
      response.statusCode = 400;
      response.end(JSON.stringify({ __type: "InternalServiceError" }));
    } else response.end(JSON.stringify({ SecretString: JSON.stringify(current) }));
  });
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    Object.assign(process.env, {
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${port}`,
      KEYS_SECRET_ARN: "arn:aws:secretsmanager:us-east-1:000000000000:secret:keys",
    });
  });
  afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return {
    rotate: (secret) => {
      current = secret;
    },
    reads: () => reads,
    failing: (failing) => {
      fails = failing;
    },
  };
}
