import { isObject, type Json, text } from "../../services/protocol.ts";
import { addressOf } from "../../services/ses-events.ts";
import { arnOf, inputOf, type Names, type Need, type NeedsOf } from "./need.ts";

/**
 * What SES's second API needs. Sending needs its action on the sender's identity, on the stored template and on the
 * configuration set, and a raw mail an action of its own. SES's refusals name the address as the identity, also where
 * it is the domain that was verified, so that is what is asked for.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_sesv2.html,
 * https://github.com/aws-samples/aws-serverless-batch-architecture/issues/1
 */
export const sesNeeds: NeedsOf = (request, names) => {
  const { method, path } = request;
  const [kind = "", encoded, ...more] = path.split("/").slice(3);
  const name = decodeURIComponent(encoded ?? "");
  const need = (action: string, resource: string): Need => ({ action: `ses:${action}`, resource });
  const template = arnOf(names, "ses", `template/${name}`);
  const identity = arnOf(names, "ses", `identity/${name}`);
  // The parts of a path that name one thing are left out: `POST templates render`.
  switch ([method, kind, ...(encoded === undefined ? [] : ["…"]), ...more].join(" ")) {
    case "POST outbound-emails": {
      const input = inputOf(request);
      const { Raw } = isObject(input.Content) ? input.Content : {};
      return sendingNeeds(Raw === undefined ? "SendEmail" : "SendRawEmail", input, names);
    }
    case "POST outbound-bulk-emails":
      return sendingNeeds("SendBulkEmail", inputOf(request), names);
    case "GET account":
      return [need("GetAccount", "*")];
    case "POST identities":
      return [
        need(
          "CreateEmailIdentity",
          arnOf(names, "ses", `identity/${String(inputOf(request).EmailIdentity)}`),
        ),
      ];
    case "GET identities …":
      return [need("GetEmailIdentity", identity)];
    case "DELETE identities …":
      return [need("DeleteEmailIdentity", identity)];
    case "POST templates":
      return [
        need("CreateEmailTemplate", arnOf(names, "ses", `template/${String(inputOf(request).TemplateName)}`)),
      ];
    case "GET templates":
      return [need("ListEmailTemplates", "*")];
    case "GET templates …":
      return [need("GetEmailTemplate", template)];
    case "PUT templates …":
      return [need("UpdateEmailTemplate", template)];
    case "DELETE templates …":
      return [need("DeleteEmailTemplate", template)];
    case "POST templates … render":
      return [need("TestRenderEmailTemplate", template)];
    default:
      // Not answered here, but by then it was asked whether it may be: only who may do everything gets that far.
      return [need(`${method}:${path}`, "*")];
  }
};

function sendingNeeds(action: string, input: Json, names: Names): Need[] {
  const { FromEmailAddress, ConfigurationSetName } = input;
  const content = isObject(input.DefaultContent) ? input.DefaultContent : input.Content;
  const { Template } = isObject(content) ? content : {};
  const stored = isObject(Template) ? text(Template.TemplateName) : undefined;
  const from = addressOf(text(FromEmailAddress) ?? "");
  const resources = [
    `identity/${from}`,
    ...(stored === undefined ? [] : [`template/${stored}`]),
    ...(typeof ConfigurationSetName === "string" ? [`configuration-set/${ConfigurationSetName}`] : []),
  ];
  const context = { "ses:fromaddress": from };
  return resources.map((resource) => ({
    action: `ses:${action}`,
    resource: arnOf(names, "ses", resource),
    context,
  }));
}
