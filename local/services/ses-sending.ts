import { randomUUID } from "node:crypto";
import {
  compileTemplateParts,
  mergeTemplateData,
  parseTemplateData,
  resolveTemplateParts,
  type TemplateParts,
} from "aws-ses-v2-local/dist/v2/renderTemplate.js";
import { AwsError, isObject, type Json, objects, strings, text } from "./protocol.ts";

/** An SES API status of one entry, `MESSAGE_REJECTED`. */
export type Status = string;
export type Header = { name: string; value: string };
export type Rendered = { subject: string; html: string; text: string };

/** One mail of a request, with everything that the request's defaults give it. */
export type Entry = {
  to: string[];
  cc: string[];
  bcc: string[];
  headers: Header[];
  tags: Record<string, string[]>;
  /** Renders its template strictly: throws for a variable that its data lacks. */
  render: () => Rendered;
  /** Why SES would not take it, whatever its content. */
  problem: { status: Status; message: string } | undefined;
};

/** An address as HTML's forms define it (html.spec.whatwg.org, valid e-mail address), with a dot in its domain. */
const ADDRESS = /^[\w.!#$%&'*+/=?^`{|}~-]+@[a-z\d](?:[a-z\d-]*[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]*[a-z\d])?)+$/i;
const MOST_DESTINATIONS = 50;
/** AWS states it for a request with its template inline; here it holds for every one. */
const LARGEST_REQUEST = 1_048_576;
/** Of `TemplateData` and `ReplacementTemplateData`, in characters. */
const maxDataCharacters = 262_144;
/** Of one message, in bytes, as it is sent: in base64. */
const maxMessageBytes = 41_943_040;

/**
 * Reads a SendBulkEmail request; throws SES's error for a request that is wrong as a whole.
 * https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_ReplacementTemplate.html,
 * https://docs.aws.amazon.com/ses/latest/dg/send-personalized-email-api.html
 */
export function readBulk(input: Json, size: number): Entry[] {
  if (size > LARGEST_REQUEST) throw bad(`The request of ${size} bytes is larger than 1 MB.`);
  const entries = objects(input.BulkEmailEntries);
  if (entries.length < 1 || entries.length > MOST_DESTINATIONS) {
    throw bad(`The number of destinations must be from 1 to ${MOST_DESTINATIONS}, not ${entries.length}.`);
  }
  const { Template } = isObject(input.DefaultContent) ? input.DefaultContent : {};
  const template = isObject(Template) ? Template : {};
  const renderer = rendererOf(template);
  checkLength(text(template.TemplateData));
  const defaults = dataOf(text(template.TemplateData));
  const headers = headersOf(template.Headers);
  return entries.map((entry) => {
    const { ReplacementTemplate } = isObject(entry.ReplacementEmailContent)
      ? entry.ReplacementEmailContent
      : {};
    const replacement = isObject(ReplacementTemplate)
      ? text(ReplacementTemplate.ReplacementTemplateData)
      : undefined;
    checkLength(replacement);
    return entryOf(entry, {
      headers: merged(headers, headersOf(entry.ReplacementHeaders)),
      tags: { ...tagsOf(input.DefaultEmailTags), ...tagsOf(entry.ReplacementTags) },
      render: () => renderer(mergeTemplateData(defaults, dataOf(replacement))),
      data: replacement,
    });
  });
}

/** Reads a SendEmail request: with a template it is a bulk send of one, else its parts are given as they are. */
export function readSingle(input: Json): Entry {
  const { Template, Simple, ...others } = isObject(input.Content) ? input.Content : {};
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined) throw bad(`Content.${unknown} is not understood by the local host`);
  const content = isObject(Template) ? Template : isObject(Simple) ? Simple : undefined;
  if (!content) throw bad("Content needs Simple or Template.");
  if (content.Attachments !== undefined) throw bad("Attachments are not understood by the local host");
  const data = text(content.TemplateData);
  checkLength(data);
  const renderer = isObject(Template) ? rendererOf(Template) : undefined;
  return entryOf(input, {
    headers: headersOf(content.Headers),
    tags: tagsOf(input.EmailTags),
    render: () => (renderer ? renderer(dataOf(data)) : simple(content)),
    data,
  });
}

function simple({ Subject, Body }: Json): Rendered {
  const { Html, Text } = isObject(Body) ? Body : {};
  const of = (part: unknown) => (isObject(part) ? (text(part.Data) ?? "") : "");
  return { subject: of(Subject), html: of(Html), text: of(Text) };
}

type Content = Pick<Entry, "headers" | "tags" | "render"> & { data: string | undefined };

function entryOf(source: Json, { data, ...content }: Content): Entry {
  const destination = isObject(source.Destination) ? source.Destination : {};
  const addresses = {
    to: strings(destination.ToAddresses),
    cc: strings(destination.CcAddresses),
    bcc: strings(destination.BccAddresses),
  };
  return { ...addresses, ...content, problem: problemOf({ ...addresses, ...content, data }) };
}

function problemOf(entry: Omit<Entry, "problem"> & { data: string | undefined }): Entry["problem"] {
  const refuse = (message: string) => ({ status: "INVALID_PARAMETER", message });
  const recipients = [...entry.to, ...entry.cc, ...entry.bcc];
  if (recipients.length === 0) return refuse("There is no recipient.");
  if (recipients.length > MOST_DESTINATIONS) return refuse("There are more than 50 recipients.");
  const address = recipients.find((recipient) => !ADDRESS.test(recipient));
  if (address !== undefined) return refuse(`Invalid email address: ${address}`);
  for (const { name, value } of entry.headers) {
    if (!/^[\x21-\x39\x3b-\x7e]{1,126}$/.test(name)) return refuse(`Invalid header name: ${name}`);
    if (!/^[\x20-\x7e\t]{1,995}$/.test(value)) return refuse(`Invalid value of the header ${name}`);
  }
  for (const [name, values] of Object.entries(entry.tags)) {
    const part = [name, ...values].find((one) => !/^[A-Za-z0-9_-]{1,256}$/.test(one));
    if (part !== undefined) return refuse(`Invalid message tag: ${part}`);
  }
  return parseTemplateData(entry.data) instanceof Error
    ? refuse("The template data is not a JSON object.")
    : undefined;
}

type Renderer = (data: Json) => Rendered;
/** Stored templates are compiled once; an update stores another object. */
const compiled = new WeakMap<TemplateParts, Renderer>();

function rendererOf(template: Json): Renderer {
  const inline = isObject(template.TemplateContent) ? template.TemplateContent : undefined;
  const resolved = resolveTemplateParts({
    TemplateName: text(template.TemplateName),
    TemplateArn: text(template.TemplateArn),
    TemplateContent: inline && {
      Subject: text(inline.Subject),
      Html: text(inline.Html),
      Text: text(inline.Text),
    },
  });
  if ("error" in resolved) {
    if (resolved.error === "not-found")
      throw new AwsError("NotFoundException", `Template ${resolved.name} does not exist.`, 404);
    throw bad("The request must name a template or contain one.");
  }
  const { parts } = resolved;
  if (!parts.Subject || !(parts.Html || parts.Text))
    throw bad("A template needs a subject, and HTML or text.");
  const known = compiled.get(parts);
  if (known) return known;
  try {
    const render = compileTemplateParts(parts, { strict: true });
    compiled.set(parts, render);
    return render;
  } catch (error) {
    throw bad(`The template can't be compiled: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function checkLength(data = ""): void {
  if (data.length <= maxDataCharacters) return;
  throw bad(`Template data must have length less than or equal to ${maxDataCharacters}, not ${data.length}.`);
}

function dataOf(data: string | undefined): Json {
  const parsed = parseTemplateData(data);
  if (parsed instanceof Error) throw bad(parsed.message);
  return parsed;
}

const headersOf = (value: unknown): Header[] =>
  objects(value).map(({ Name, Value }) => ({ name: text(Name) ?? "", value: text(Value) ?? "" }));

function merged(defaults: Header[], own: Header[]): Header[] {
  const names = new Set(own.map(({ name }) => name.toLowerCase()));
  return [...defaults.filter(({ name }) => !names.has(name.toLowerCase())), ...own];
}

const tagsOf = (value: unknown): Record<string, string[]> =>
  Object.fromEntries(objects(value).map(({ Name, Value }) => [text(Name) ?? "", [text(Value) ?? ""]]));

/** Why SES does not take a mail of this size, if it doesn't. */
export function tooLarge({ subject, html, text }: Rendered): string | undefined {
  const bytes = Math.ceil(((subject.length + Buffer.byteLength(html) + Buffer.byteLength(text)) * 4) / 3);
  if (bytes <= maxMessageBytes) return undefined;
  return `Message length is more than ${maxMessageBytes} bytes long: '${bytes}'.`;
}

/** A message id of SES's form: when, who, and a counter. */
export const newMessageId = (at: number): string =>
  `0100${at.toString(16).padStart(12, "0")}-${randomUUID().slice(0, 8)}${randomUUID().slice(8)}-000000`;

const bad = (message: string) => new AwsError("BadRequestException", message);
