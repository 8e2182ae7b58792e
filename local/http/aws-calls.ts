import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { AwsAnswer, AwsRequest, Service } from "../contract.ts";
import type { Caller, Guard } from "../iam/guard.ts";
import type { Meter } from "../meter.ts";
import { bodyOf, type Handle } from "./listen.ts";
import { foreignBecause } from "./own-page.ts";

export type AwsCallOptions = {
  /** Known only once the server listens, since services tell each other its address. */
  services: () => readonly Service[];
  callerOf: (accessKey: string) => Caller;
  /** Known only once the stack is there, before which nobody calls. */
  guard: () => Guard | undefined;
  now: () => number;
  /** Resolves when what a call has changed is safe: no answer is given before. */
  written: () => Promise<void>;
  onError: (error: unknown, what: string) => void;
  meter?: Meter | undefined;
};

/** `SECRETS_MANAGER` is reached under `/secrets_manager`. */
export const pathOf = (endpoint: string): string => `/${endpoint.toLowerCase()}`;

/** Answers what SDKs send to `AWS_ENDPOINT_URL_…`: the path's first part names the service. */
export function awsCalls(options: AwsCallOptions): Handle {
  const { services, callerOf, guard, now, written, onError, meter } = options;
  return async (request, response) => {
    const url = request.url ?? "/";
    // SDKs correct their clock by this header, and sign with it: it must be the host's time.
    response.setHeader("date", new Date(now()).toUTCString());
    response.setHeader("x-amzn-requestid", randomUUID());
    const service = services().find(
      ({ endpoint }) => endpoint && new RegExp(`^${pathOf(endpoint)}([/?]|$)`).test(url),
    );
    if (!service?.answer) {
      onError(new Error(`No local service answers ${request.method} ${url}`), "an AWS call");
      request.resume();
      return send(response, { status: 501, body: "The local host does not answer for this service" });
    }
    const foreign = service.endpoint === "S3" ? undefined : foreignBecause(request);
    if (foreign !== undefined) {
      request.resume();
      return send(response, { status: 403, body: foreign });
    }
    try {
      const unsigned = await awsRequest(request, url.slice(pathOf(service.endpoint ?? "").length), service);
      const caller = callerOf(accessKeyOf(unsigned));
      const refused = guard()?.refuse(service.endpoint ?? "", { caller, request: unsigned });
      if (refused) {
        // What was not read of an upload would otherwise hold up the connection.
        request.resume();
        return await send(response, refused);
      }
      const call = { ...unsigned, caller: typeof caller === "string" ? undefined : caller.function };
      const answer = await (meter ? meter.call(service, call) : service.answer(call));
      await written();
      await send(response, answer);
    } catch (error) {
      if (request.destroyed && !request.complete) return;
      onError(error, `${service.endpoint} ${request.headers["x-amz-target"] ?? `${request.method} ${url}`}`);
      if (response.headersSent) response.destroy();
      else await send(response, { status: 500, body: JSON.stringify({ __type: "InternalFailure" }) });
    }
  };
}

async function awsRequest(request: IncomingMessage, target: string, service: Service): Promise<AwsRequest> {
  const [path = "", query = ""] = splitOnce(target, "?");
  const headers = Object.entries(request.headersDistinct).map(([name, values = []]) => [
    name,
    values.join(","),
  ]);
  const body = service.streams ? Buffer.alloc(0) : ((await bodyOf(request)) ?? Buffer.alloc(0));
  return {
    method: request.method ?? "GET",
    path: path.startsWith("/") ? path : `/${path}`,
    query: new URLSearchParams(query),
    headers: Object.fromEntries(headers),
    body,
    ...(service.streams && { stream: request }),
    caller: undefined,
  };
}

/** The access key that signed a call, in its header or in a presigned URL. */
function accessKeyOf({ headers, query }: AwsRequest): string {
  const [, fromHeader] = /Credential=([^/,]+)\//.exec(headers.authorization ?? "") ?? [];
  return fromHeader ?? query.get("X-Amz-Credential")?.split("/")[0] ?? "";
}

async function send(response: ServerResponse, { status, headers = {}, body = "" }: AwsAnswer): Promise<void> {
  response.writeHead(status, headers);
  if (body instanceof Readable) await pipeline(body, response);
  else response.end(body);
}

function splitOnce(text: string, separator: string): [string, string] {
  const index = text.indexOf(separator);
  return index < 0 ? [text, ""] : [text.slice(0, index), text.slice(index + 1)];
}
