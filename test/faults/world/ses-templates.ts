import {
  AlreadyExistsException,
  BadRequestException,
  NotFoundException,
  TooManyRequestsException,
} from "@aws-sdk/client-sesv2";
import type { Input } from "./points.ts";
import type { World } from "./world.ts";

const maxTemplate = 500 * 1024;
/** Of TemplateData and ReplacementTemplateData, in characters. */
export const maxData = 262_144;

/**
 * SES's stored templates. The API reference says of each of these operations, "You can execute this operation no more
 * than once per second", and the quotas that all actions but those that send are throttled at one request per second:
 * so they share it. https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_CreateEmailTemplate.html
 */
export class SesTemplates {
  /** Calls that were refused since another came less than a second before. */
  refused = 0;
  readonly #world: World;
  readonly #templates = new Map<string, Input>();
  /** When each call was made, refused ones among them. */
  readonly calls: { operation: string; at: number }[] = [];
  #lastCall = Number.NEGATIVE_INFINITY;

  constructor(world: World) {
    this.#world = world;
  }

  has(name: string): boolean {
    return this.#templates.has(name);
  }

  perform(command: string, input: Input): Input {
    this.takeTurn(command);
    const { TemplateName, TemplateContent } = input;
    switch (command) {
      case "CreateEmailTemplateCommand":
        if (this.has(TemplateName)) throw new AlreadyExistsException(errorOf("Template already exists"));
        return this.#keep(TemplateName, TemplateContent);
      case "UpdateEmailTemplateCommand":
        this.#get(TemplateName);
        return this.#keep(TemplateName, TemplateContent);
      case "GetEmailTemplateCommand":
        return { TemplateName, TemplateContent: this.#get(TemplateName) };
      case "DeleteEmailTemplateCommand":
        this.#get(TemplateName);
        this.#templates.delete(TemplateName);
        return {};
      case "TestRenderEmailTemplateCommand":
        if (input.TemplateData.length > maxData)
          throw new BadRequestException(errorOf(tooLong("TemplateData")));
        return { RenderedTemplate: mimeOf(this.render(TemplateName, [input.TemplateData])) };
      default:
        throw new Error(`The world's SES does not know ${command}`);
    }
  }

  /** A template with its slots filled, later data going before earlier. Part by part. */
  render(name: string, data: readonly string[]): Record<"Subject" | "Html" | "Text", string> {
    const values: Record<string, string> = Object.assign({}, ...data.map((text) => JSON.parse(text)));
    const { Subject, Html, Text } = this.#get(name);
    const fill = (text: string) => text.replace(/\{\{(\w+)\}\}/g, (_, slot: string) => values[slot] ?? "");
    return { Subject: fill(Subject), Html: fill(Html), Text: fill(Text) };
  }

  /** Whatever does not send has its turn once a second, where the control plane is as slow as it is. */
  takeTurn(operation: string): void {
    const { now } = this.#world.timeline;
    this.calls.push({ operation, at: now });
    if (!this.#world.unkind.controlPlane) return;
    if (now - this.#lastCall < 1_000) {
      this.refused += 1;
      throw new TooManyRequestsException(errorOf("Rate exceeded"));
    }
    this.#lastCall = now;
  }

  #get(name: string): Input {
    const template = this.#templates.get(name);
    if (!template) throw new NotFoundException(errorOf(`Template ${name} does not exist`));
    return template;
  }

  #keep(name: string, content: Input): Input {
    const size = Object.values<string>(content).reduce((sum, part) => sum + Buffer.byteLength(part), 0);
    if (size > maxTemplate) throw new BadRequestException(errorOf("The template is larger than 500 KB"));
    this.#templates.set(name, content);
    return {};
  }
}

export const errorOf = (message: string) => ({ message, $metadata: {} });

export const tooLong = (name: string): string =>
  `1 validation error detected: Value at '${name}' failed to satisfy constraint: Member must have length less than or equal to ${maxData}`;

function mimeOf({ Subject, Html, Text }: ReturnType<SesTemplates["render"]>): string {
  const encoded = (text: string) => Buffer.from(text).toString("base64");
  const part = (type: string, text: string) =>
    `--b\r\nContent-Type: text/${type}; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${encoded(text)}\r\n`;
  return [
    `Subject: =?UTF-8?B?${encoded(Subject)}?=\r\nMIME-Version: 1.0\r\n`,
    'Content-Type: multipart/alternative; boundary="b"\r\n\r\n',
    part("plain", Text),
    part("html", Html),
    "--b--\r\n",
  ].join("");
}
