import type { RequestListener } from "node:http";
import { useService } from "./service.ts";

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
  const answer: RequestListener = async (request, response) => {
    for await (const _ of request);
    reads += 1;
    response.setHeader("content-type", "application/x-amz-json-1.1");
    if (fails) {
      response.statusCode = 400;
      response.end(JSON.stringify({ __type: "InternalServiceError" }));
    } else response.end(JSON.stringify({ SecretString: JSON.stringify(current) }));
  };
  useService(answer, (url) => ({
    AWS_ENDPOINT_URL_SECRETS_MANAGER: url,
    KEYS_SECRET_ARN: "arn:aws:secretsmanager:us-east-1:000000000000:secret:keys",
  }));
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
