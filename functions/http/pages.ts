import type { APIGatewayProxyEventV2 } from "aws-lambda";
import type { Answer } from "./route.ts";

/** What owner-api serves to anyone. The OpenAPI document and the page are made when first asked for. */
export const pages: Record<string, (event: APIGatewayProxyEventV2) => Promise<Answer>> = {
  "/": async () => ({ status: 302, headers: { location: "/docs" } }),
  "/health": async () => ({ status: 200, body: { status: "ok" } }),
};
