import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Created, Host, Resource, Service } from "../contract.ts";
import { Throttled } from "../functions/concurrency.ts";
import { allowOnly, nameOf, refuse } from "../services/properties.ts";
import { gatewayAnswer, type HttpAnswer, httpAnswer } from "./answer.ts";
import { httpEvent, targetOf } from "./event.ts";
import { bodyOf, type Listening, listen } from "./listen.ts";
import { matchRoute, type Route, routeOf } from "./routes.ts";

/** API Gateway's own limits for HTTP APIs. */
const longestBody = 10 * 1024 * 1024;
const longestWait = 30_000;

export type ApiOptions = {
  /** The port that an API listens on, 0 for any that is free. */
  portOf: (logicalId: string) => number;
  /** Requests that are the host's own affair; answers false for all others. */
  ownRequest: (api: string, request: IncomingMessage, response: ServerResponse) => boolean;
  onError: (error: unknown, what: string) => void;
};

type Api = { resource: Resource; listening: Listening; routes: Route[]; staged: boolean };

/** Hosts HTTP APIs, each on a port of its own, in front of the functions that they integrate. */
export function httpApis(host: Host, options: ApiOptions): Service {
  const apis = new Map<string, Api>();
  const integrations = new Map<string, string>();

  const apiOf = (resource: Resource): Api => {
    const api = apis.get(String(resource.properties.ApiId));
    if (!api) throw new Error(`its API ${resource.properties.ApiId} is not hosted`);
    return api;
  };

  const creators: Record<string, (resource: Resource) => Promise<Created>> = {
    async "AWS::ApiGatewayV2::Api"(resource) {
      allowOnly(resource, ["Name", "ProtocolType", "Description", "DisableExecuteApiEndpoint", "Tags"]);
      if (resource.properties.ProtocolType !== "HTTP") refuse(resource, "ProtocolType");
      const id = resource.logicalId;
      const listening = await listen(options.portOf(id), (request, response) =>
        handle(id, request, response),
      );
      apis.set(id, { resource, listening, routes: [], staged: false });
      return { ref: id, attributes: { ApiId: id, ApiEndpoint: listening.url } };
    },
    async "AWS::ApiGatewayV2::Integration"(resource) {
      allowOnly(resource, [
        "ApiId",
        "IntegrationType",
        "IntegrationUri",
        "PayloadFormatVersion",
        "Description",
      ]);
      const { IntegrationType, PayloadFormatVersion, IntegrationUri } = resource.properties;
      if (IntegrationType !== "AWS_PROXY") refuse(resource, `IntegrationType=${IntegrationType}`);
      if (PayloadFormatVersion !== "2.0") refuse(resource, `PayloadFormatVersion=${PayloadFormatVersion}`);
      integrations.set(resource.logicalId, String(IntegrationUri));
      return { ref: resource.logicalId, attributes: {} };
    },
    async "AWS::ApiGatewayV2::Route"(resource) {
      allowOnly(resource, ["ApiId", "RouteKey", "Target", "AuthorizationType", "OperationName"]);
      const { RouteKey, Target, AuthorizationType = "NONE" } = resource.properties;
      if (AuthorizationType !== "NONE") refuse(resource, `AuthorizationType=${AuthorizationType}`);
      const functionArn = integrations.get(String(Target).replace(/^integrations\//, ""));
      if (!functionArn) throw new Error(`its target ${Target} is not hosted`);
      apiOf(resource).routes.push(routeOf(String(RouteKey), functionArn));
      return { ref: resource.logicalId, attributes: {} };
    },
    async "AWS::ApiGatewayV2::Stage"(resource) {
      // Throttling and access logs protect and inform an operator on AWS; one person's machine needs neither.
      allowOnly(resource, [
        ...["ApiId", "StageName", "AutoDeploy", "AccessLogSettings", "DefaultRouteSettings"],
        ...["Description", "Tags"],
      ]);
      const { StageName, AutoDeploy } = resource.properties;
      if (StageName !== "$default") refuse(resource, `StageName=${StageName}`);
      if (AutoDeploy !== true) refuse(resource, `AutoDeploy=${AutoDeploy}`);
      apiOf(resource).staged = true;
      return { ref: nameOf(resource, "StageName"), attributes: {} };
    },
  };

  async function handle(id: string, request: IncomingMessage, response: ServerResponse) {
    const requestId = randomUUID();
    const answer = (given: HttpAnswer) => {
      if (response.headersSent || response.destroyed) return;
      const date = new Date(host.clock.now()).toUTCString();
      response
        .writeHead(given.status, { ...given.headers, date, "apigw-requestid": requestId })
        .end(given.body);
    };
    try {
      if (options.ownRequest(id, request, response)) return;
      answer(await host.busy(answerOf(id, request, requestId)));
    } catch (error) {
      // A client that went away in the middle of its body is no news.
      if (request.complete || !request.destroyed) options.onError(error, `${request.method} ${request.url}`);
      answer(gatewayAnswer(500, "Internal Server Error"));
    }
  }

  async function answerOf(id: string, request: IncomingMessage, requestId: string): Promise<HttpAnswer> {
    const api = apis.get(id);
    const body = await bodyOf(request, longestBody);
    const match = matchRoute(api?.routes ?? [], request.method ?? "GET", targetOf(request).path);
    if (!api?.staged || !match) return gatewayAnswer(404, "Not Found");
    if (!body) return gatewayAnswer(413, "Request Entity Too Large");
    const { key, functionArn } = match.route;
    const [verb = "", path] = key.split(" ");
    const route = `${id}/$default/${verb}${path ?? ""}`;
    const source = `arn:aws:execute-api:${host.region}:${host.account}:${route}`;
    // Not allowed is an internal error to the outside, as on AWS.
    host.allow({ service: "apigateway.amazonaws.com", source }, "lambda:InvokeFunction", functionArn);
    const { account } = host;
    const arrival = { routeKey: key, pathParameters: match.parameters, apiId: id, account, requestId };
    const event = httpEvent(request, body, { ...arrival, now: host.clock.now() });
    const unavailable = gatewayAnswer(503, "Service Unavailable");
    const returned = host.invoke(functionArn, event).then(httpAnswer, (error) =>
      // AWS has no page that says what an HTTP API makes of a throttled function; 503 is what users of it report. Of other
      // errors the function's host has told; a caller is told as little as on AWS.
      error instanceof Throttled ? unavailable : gatewayAnswer(500, "Internal Server Error"),
    );
    return inTime(returned, unavailable);
  }

  return {
    types: Object.keys(creators),
    create: async (resource) => (await creators[resource.type]?.(resource)) ?? refuse(resource, "Type"),
    async stop() {
      await Promise.all([...apis.values()].map(({ listening }) => listening.stop()));
    },
  };
}

async function inTime(answer: Promise<HttpAnswer>, late: HttpAnswer): Promise<HttpAnswer> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<HttpAnswer>((resolve) => {
    timer = setTimeout(() => resolve(late), longestWait);
  });
  return Promise.race([answer, tooLate]).finally(() => clearTimeout(timer));
}
