import { text } from "../../services/protocol.ts";
import { arnOf, inputOf, type NeedsOf, operationOf } from "./need.ts";

/**
 * A secret is one resource however it is named: its ARN ends in six random characters.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html
 */
export const secretsNeeds: NeedsOf = (request, names) => {
  const id = text(inputOf(request).SecretId) ?? "";
  const whole = id.startsWith("arn:") ? id : arnOf(names, "secretsmanager", `secret:${id}`);
  const known = names.secrets.find((arn) => arn === whole || arn.slice(0, -"-XXXXXX".length) === whole);
  return [{ action: `secretsmanager:${operationOf(request)}`, resource: known ?? whole }];
};
