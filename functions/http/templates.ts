import { z } from "zod";
import { preflightIfUsed } from "../../core/campaigns/activation.ts";
import { SapaError } from "../../core/errors.ts";
import { type CompiledTemplate, TemplateSource } from "../../core/mail/compiled.ts";
import { Preview, PreviewInput, preview } from "../../core/templates/preview.ts";
import * as read from "../../core/templates/read.ts";
import * as saved from "../../core/templates/save.ts";
import { sendTest, TestMail, TestMailInput } from "../../core/templates/test-mail.ts";
import {
  Template,
  TemplateId,
  TemplateName,
  TemplateSummary,
  TemplateVersion,
} from "../../core/templates.ts";
import {
  accepted,
  type Caller,
  created,
  noContent,
  ok,
  page,
  pageQuery,
  type Route,
  route,
} from "./route.ts";

const params = z.object({ template: TemplateId });
const tag = "Templates";
const versionQuery = z.strictObject({
  version: z.coerce.number().int().min(1).optional().meta({ description: "Without it, the newest" }),
});
const TemplateBody = TemplateSource.extend({ name: TemplateName });
const example = {
  name: "Terima kasih",
  translations: {
    id: {
      subject: "Terima kasih, {{customer.nickname}}!",
      mjml: "<mjml><mj-body><mj-section><mj-column><mj-text>Halo, {{customer.nickname}}!</mj-text></mj-column></mj-section></mj-body></mjml>",
    },
  },
};
const aboutErrors =
  "What is wrong in the subject, MJML or Handlebars is answered with 422, each with its field and line, and nothing is saved. A template that lacks the postal address or one of the two links gets a footer with them.";

const create = route({
  method: "POST",
  path: "/v1/templates",
  id: "createTemplate",
  tag,
  summary: "Save a new template",
  description: aboutErrors,
  access: "templates:write",
  body: TemplateBody,
  example,
  answers: { 201: TemplateSummary },
  problems: [422],
  handle: async ({ business, body, now }) => {
    const { name, ...source } = body;
    return created((await saved.save(business, { name, source }, { now })).template);
  },
});

const put = route({
  method: "PUT",
  path: "/v1/templates/{template}",
  id: "putTemplate",
  tag,
  summary: "Change a template",
  description: `Makes a new version, unless nothing changed; runs that are under way keep theirs. ${aboutErrors}`,
  access: "templates:write",
  params,
  body: TemplateBody,
  example,
  answers: { 200: TemplateSummary },
  problems: [409, 422],
  handle: async ({ business, params, body, now, deadline }) => {
    const { name, ...source } = body;
    const check = (compiled: CompiledTemplate) =>
      preflightIfUsed(business, { template: params.template, compiled }, deadline);
    return ok((await saved.save(business, { id: params.template, name, source }, { now, check })).template);
  },
});

const list = route({
  method: "GET",
  path: "/v1/templates",
  id: "listTemplates",
  tag,
  summary: "List the templates",
  description:
    "First the built-in ones, birthday, winback, new-items and broadcast, which every business has.",
  access: "templates:read",
  query: pageQuery,
  answers: { 200: page(TemplateSummary) },
  handle: async ({ business, query }) => ok(await read.list(business.id, query)),
});

const get = route({
  method: "GET",
  path: "/v1/templates/{template}",
  id: "readTemplate",
  tag,
  summary: "Read a template with its source",
  access: "templates:read",
  params,
  query: versionQuery,
  answers: { 200: Template },
  handle: async ({ business, params, query }) => ok(await read.get(business, params.template, query.version)),
});

const versions = route({
  method: "GET",
  path: "/v1/templates/{template}/versions",
  id: "listTemplateVersions",
  tag,
  summary: "List a template's versions, newest first",
  access: "templates:read",
  params,
  query: pageQuery,
  answers: { 200: page(TemplateVersion) },
  handle: async ({ business, params, query }) => ok(await read.versions(business.id, params.template, query)),
});

const archive = route({
  method: "DELETE",
  path: "/v1/templates/{template}",
  id: "archiveTemplate",
  tag,
  summary: "Put a template away",
  description: "It leaves the list and new campaigns can't choose it; campaigns that use it go on.",
  access: "templates:write",
  params,
  answers: { 204: undefined },
  problems: [409],
  handle: async ({ business, params, now }) => {
    await saved.archive(business, params.template, now);
    return noContent();
  },
});

/** Whoever may not read customers does not read them in a preview either. */
function assertMayShow({ customer }: PreviewInput, { scopes }: Caller): void {
  if (!customer || scopes.includes("customers:read")) return;
  throw new SapaError("forbidden", "A preview for a customer needs the scope customers:read", [
    { field: "customer", message: "needs the scope customers:read" },
  ]);
}

const previewSaved = route({
  method: "POST",
  path: "/v1/templates/{template}/preview",
  id: "previewTemplate",
  tag,
  summary: "See a template as a customer would get it",
  description: "Links in it do nothing. Show the HTML in a sandboxed frame.",
  access: "templates:read",
  params,
  query: versionQuery,
  body: PreviewInput,
  example: { locale: "id", offer: "Gratis satu kopi" },
  answers: { 200: Preview },
  personalAnswer: true,
  handle: async ({ business, caller, params, query, body, now }) => {
    assertMayShow(body, caller);
    return ok(await preview(business, { shown: { ...params, ...query }, input: body }, now));
  },
});

const previewUnsaved = route({
  method: "POST",
  path: "/v1/templates/preview",
  id: "previewSource",
  tag,
  summary: "See a template that is not saved yet",
  description: aboutErrors,
  access: "templates:read",
  body: TemplateSource.extend(PreviewInput.shape),
  example: { translations: example.translations },
  answers: { 200: Preview },
  problems: [404, 422],
  personalAnswer: true,
  handle: async ({ business, caller, body, now }) => {
    const { translations, ...input } = body;
    assertMayShow(input, caller);
    return ok(await preview(business, { shown: { source: { translations } }, input }, now));
  },
});

const test = route({
  method: "POST",
  path: "/v1/templates/{template}/test",
  id: "testTemplate",
  tag,
  summary: "Send a template to one address, to see how it looks",
  description:
    "To an address of the business's own, which the operator has bound to it or listed as a test address; or, with the scope customers:read, to a customer who may be mailed now. It counts in no run and no cap. So many go in a day of UTC (`limits.testMailsPerDay`; 429 beyond), none while sending is halted, and bounces and complaints count in the business's rates. While SES's sandbox holds the account, the address must be verified.",
  access: "templates:write",
  params,
  query: versionQuery,
  body: TestMailInput,
  example: { to: "pemilik@kopisenja.example", offer: "Gratis satu kopi" },
  answers: { 202: TestMail },
  problems: [409],
  handle: async ({ business, caller, params, query, body, now, deadline }) => {
    assertMayShow(body, caller);
    const seesCustomers = caller.scopes.includes("customers:read");
    const asked = { shown: { ...params, ...query }, input: body, seesCustomers };
    return accepted(await sendTest(business, asked, { now, deadline }));
  },
});

export const routes: readonly Route[] = [
  create,
  list,
  previewUnsaved,
  get,
  put,
  archive,
  versions,
  previewSaved,
  test,
];
