import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { CreateEmailTemplateCommand, SESv2Client, SendBulkEmailCommand } from "@aws-sdk/client-sesv2";
import sesLocal from "aws-ses-v2-local";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compile } from "../../core/mail/compile.ts";
import { render } from "../../core/mail/render.ts";
import { split } from "../../core/mail/slots.ts";
import { shipped } from "../../core/templates/shipped.ts";
import { aView } from "./sample.ts";

// A CommonJS default stands one level deeper where vitest does not load the module.
const start = sesLocal.default ?? sesLocal;

let server: Server;
let client: SESv2Client;
let endpoint: string;
beforeAll(async () => {
  server = await start({ host: "127.0.0.1", port: 0 });
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  client = new SESv2Client({ endpoint, region: "us-east-1", credentials });
});
afterAll(() => server.close());

test("a bulk send of skeleton and slots arrives as the mail rendered whole, for customers of any name", async () => {
  const { id: compiled } = await compile(shipped["new-items"].source);
  if (!compiled) throw new Error("There is no Indonesian");
  const { template, fillShared, fillPersonal } = split(compiled);
  const names = ["Ani", "{{s0}} {{{s1}}}", 'O\'Neil & <Budi> "$&" \\', "Ñandú 🎂 ="];
  const views = names.map((nickname) => aView({ customer: { nickname } }));
  const TemplateContent = { Subject: template.subject, Html: template.html, Text: template.text };
  await client.send(new CreateEmailTemplateCommand({ TemplateName: "baru", TemplateContent }));
  await client.send(
    new SendBulkEmailCommand({
      FromEmailAddress: "halo@kopisenja.example",
      DefaultContent: {
        Template: { TemplateName: "baru", TemplateData: JSON.stringify(fillShared(aView())) },
      },
      BulkEmailEntries: views.map((view, index) => ({
        Destination: { ToAddresses: [`c${index}@example.com`] },
        ReplacementEmailContent: {
          ReplacementTemplate: { ReplacementTemplateData: JSON.stringify(fillPersonal(view)) },
        },
      })),
    }),
  );
  type Email = { subject: string; body: { html: string; text: string } };
  const { emails } = (await (await fetch(`${endpoint}/store`)).json()) as { emails: Email[] };
  expect(emails.map(({ subject, body: { html, text } }) => ({ subject, html, text }))).toEqual(
    views.map((view) => render(compiled, view)),
  );
});
