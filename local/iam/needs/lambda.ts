import type { NeedsOf } from "./need.ts";

/**
 * What the account allows is no resource.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
 */
export const lambdaNeeds: NeedsOf = ({ method, path }) => {
  const isSettings = method === "GET" && path.endsWith("/account-settings");
  return [{ action: `lambda:${isSettings ? "GetAccountSettings" : `${method}:${path}`}`, resource: "*" }];
};
