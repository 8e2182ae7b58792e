import type { RequestListener } from "node:http";
import { DeleteCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { beforeEach, describe, expect, test } from "vitest";
import { compile } from "../../core/mail/compile.ts";
import type { CompiledTemplate } from "../../core/mail/compiled.ts";
import * as mailTemplates from "../../core/mail-templates.ts";
import { preflight } from "../../core/runs/preflight.ts";
import { sweep } from "../../core/runs/sweep.ts";
import { documents, tableName } from "../../core/store.ts";
import { aDeadline } from "../support/clock.ts";
import { useDatabase } from "../support/database.ts";
import { useService } from "../support/service.ts";
import { aBusiness } from "../support/shop.ts";

useDatabase();

/** SES's control plane: what it was asked, and the templates that it keeps. */
const calls: string[] = [];
const kept = new Map<string, { Subject: string; Html: string; Text: string }>();
let rendering: (text: string, data: Record<string, string>) => string;

const fill = (text: string, data: Record<string, string>) =>
  text.replace(/\{\{(\w+)\}\}/g, (_, slot: string) => data[slot] ?? "");

const answer: RequestListener = async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : {};
  const [, name = "", verb] = /\/templates\/?([\w-]*)\/?(\w*)/.exec(request.url ?? "") ?? [];
  response.setHeader("content-type", "application/json");
  if (request.method === "DELETE") {
    calls.push(`delete ${name}`);
    kept.delete(name);
    response.end("{}");
  } else if (verb === "render") {
    calls.push("render");
    response.end(JSON.stringify({ RenderedTemplate: mimeOf(name, JSON.parse(body.TemplateData)) }));
  } else {
    calls.push("create");
    kept.set(body.TemplateName, body.TemplateContent);
    response.end("{}");
  }
};
useService(answer, (url) => ({ AWS_ENDPOINT_URL_SESV2: url }));

function mimeOf(name: string, data: Record<string, string>): string {
  const { Subject, Html, Text } = kept.get(name) ?? expect.fail(`SES keeps no ${name}`);
  const part = (type: string, text: string) =>
    `--b\r\nContent-Type: text/${type}; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from(rendering(text, data)).toString("base64")}\r\n`;
  const subject = Buffer.from(fill(Subject, data)).toString("base64");
  return `Subject: =?UTF-8?B?${subject}?=\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="b"\r\n\r\n${part("plain", Text)}${part("html", Html)}--b--\r\n`;
}

let number = 0;
/** A template that no test before has had SES check. */
const aTemplate = (): Promise<CompiledTemplate> => {
  number += 1;
  const mjml = `<mjml><mj-body><mj-section><mj-column><mj-text>Halo {{customer.nickname}}, ${number}: {{offer}}{{#each items}} {{name}} {{price}}{{/each}}</mj-text></mj-column></mj-section></mj-body></mjml>`;
  return compile({ translations: { id: { subject: "Halo {{customer.nickname}}", mjml } } });
};

beforeEach(async () => {
  calls.length = 0;
  rendering = fill;
  const Key = { name: "rate#ses-control-plane" };
  await documents.send(new DeleteCommand({ TableName: tableName("account"), Key }));
});

describe("a template", () => {
  test("is checked at SES once, and never again while its content stays the same, whichever business uses it", async () => {
    const template = await aTemplate();
    const names = await preflight(aBusiness(), template, aDeadline());
    expect(calls).toEqual(["create", "render"]);
    expect(names.id).toMatch(/^sapa-[0-9a-f]{32}$/);

    for (let time = 0; time < 3; time++) {
      expect(await preflight(aBusiness(), structuredClone(template), aDeadline())).toEqual(names);
    }
    expect(calls).toEqual(["create", "render"]);
  });

  test("is checked once when many runs want it at the same moment", async () => {
    const template = await aTemplate();
    await Promise.all(
      Array.from({ length: 8 }, () => preflight(aBusiness(), structuredClone(template), aDeadline())),
    );
    expect(calls).toEqual(["create", "render"]);
  });

  test("that SES renders otherwise is refused, and not remembered", async () => {
    const template = await aTemplate();
    rendering = (text, data) => fill(text, data).replace("Halo", "Hallo");
    const refused = preflight(aBusiness(), template, aDeadline());
    await expect(refused).rejects.toThrow("SES renders the html (id) differently from Sapa");
    rendering = fill;
    await preflight(aBusiness(), template, aDeadline());
    expect(calls).toEqual(["create", "render", "create", "render"]);
  });
});

describe("the control plane", () => {
  test("is asked less than once a second, whoever asks, and each waits for its turn", async () => {
    const deadlines = Array.from({ length: 4 }, () => aDeadline({ at: "2026-11-24T03:00:00.000Z" }));
    const templates = await Promise.all(deadlines.map(() => aTemplate()));
    await Promise.all(
      templates.map((one, index) => preflight(aBusiness(), one, deadlines[index] ?? aDeadline())),
    );

    expect(calls).toHaveLength(8);
    // The last of eight turns comes seven times 1.1 seconds after the first.
    const slowest = Math.max(...deadlines.map((deadline) => deadline.slept()));
    expect(slowest).toBeGreaterThanOrEqual(7 * 1_100);
    expect(slowest).toBeLessThan(12_000);
  });

  test("that is busy for longer than a request has is said to be so", async () => {
    const at = "2026-11-24T04:00:00.000Z";
    await documents.send(
      new PutCommand({
        TableName: tableName("account"),
        Item: { name: "rate#ses-control-plane", nextFree: Date.parse(at) + 60_000 },
      }),
    );
    const waiting = preflight(aBusiness(), await aTemplate(), aDeadline({ at, seconds: 22 }));
    await expect(waiting).rejects.toMatchObject({ code: "too-many-requests" });
    expect(calls).toEqual([]);
  });
});

describe("templates that no run has used for months", () => {
  const later = "2027-03-01T02:00:00.000Z";

  test("are deleted at SES, once a day, and made again for a run that wants one after all", async () => {
    const [old, used] = [await aTemplate(), await aTemplate()];
    const [oldName, usedName] = [
      (await preflight(aBusiness(), old, aDeadline())).id ?? "",
      (await preflight(aBusiness(), used, aDeadline())).id ?? "",
    ];
    expect(await mailTemplates.use(usedName, "2027-02-20T02:00:00.000Z")).toBe(true);
    calls.length = 0;

    await sweep(aDeadline({ at: later }));
    expect(calls).toContain(`delete ${oldName}`);
    expect(calls).not.toContain(`delete ${usedName}`);
    const before = calls.length;
    await sweep(aDeadline({ at: later }));
    expect(calls).toHaveLength(before);

    calls.length = 0;
    expect((await preflight(aBusiness(), old, aDeadline({ at: later }))).id).toBe(oldName);
    expect(calls).toEqual(["create", "render"]);
  });
});
