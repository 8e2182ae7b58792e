import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { beforeAll, expect, test } from "vitest";
import { useHost } from "../support/host.ts";
import { arnOf, header, story } from "../support/story.ts";

/** All that functions print goes by here, as CloudWatch would get it. */
const lines: string[] = [];
const host = useHost({
  now: "2026-11-24T01:00:00Z",
  verbose: true,
  print: (line) => void lines.push(line),
});
let shop: { business: string; key: string };
const owner = story(host, () => shop.key);

const ani = {
  email: "ani.lestari@example.com",
  name: "Ani Lestari Wulandari",
  phone: "+6281234567890",
  birthday: "11-24",
  externalId: "member-7781",
};
const personal = [
  /lestar|wuland|ani\.|budi|santoso|citra|dewi|eko\b/i,
  /6281234567890|81234567890|0812/,
  /member-7781|11-24"/,
  // An address, whosever it is.
  /[\w.+-]+@[\w-]+\.\w+/,
];
const tokens: string[] = [];
let run: { id: string };

/** A day of a shop, with all that goes wrong in one. */
beforeAll(async () => {
  shop = await host.shop();
  tokens.push(shop.key, await host.adminKey());
  await owner.customer(ani);
  await owner.customer({ email: "bounce+budi@simulator.amazonses.com", name: "Budi Santoso" });
  await owner.customer({ email: "complaint+citra@simulator.amazonses.com", name: "Citra" });
  await owner.customer({ email: "dewi@example.com", name: "Dewi" });
  await owner.order(ani.email, "2026-11-20T03:00:00Z");
  await importFile(
    "name,email,phone\nEko,eko@example.com,+6281234567899\nBudi Santoso,not an address,0812\n",
  );
  await wrongRequests();
  host.host.ses.onSend = (recipient) => {
    if (recipient.startsWith("dewi")) throw new Error("The connection broke off");
    return undefined;
  };
  run = await owner.run(await owner.campaign({ kind: "broadcast", template: "broadcast", topic: "news" }));
  host.host.ses.onSend = undefined;
  await poison(
    JSON.stringify({ business: shop.business, run: "run_none_1", id: "03#000001#000", customers: [ani] }),
  );
  await poison(`{"name": ${ani.name}}`);
  await visits();
  // Until the books are closed, and messages that fail have come ten times.
  await host.moveTo("2026-11-24T06:00:00Z");
}, 60_000);

test("nothing of what a whole run logged tells who a customer is, or opens a door", () => {
  const log = lines.join("\n");

  for (const pattern of personal) {
    expect(lines.filter((line) => pattern.test(line)).slice(0, 3)).toEqual([]);
  }
  expect(tokens.length).toBeGreaterThanOrEqual(5);
  for (const token of tokens) expect(log.includes(token)).toBe(false);
  expect(log).not.toMatch(/sapa_[A-Za-z0-9]{8}|Bearer |previousRoots/);
});

test("it does tell which business, campaign, run and batch a line is about, and what failed", () => {
  const entries = lines.flatMap((line) => {
    const [, json] = /\| (\{.*\})$/.exec(line) ?? [];
    return json ? [JSON.parse(json)] : [];
  });
  const place = { business: shop.business, run: run.id, campaign: expect.stringMatching(/^cam_/) };
  const batch = expect.stringMatching(/^\d\d#\d{6}#\d{3}$/);

  expect(entries).toContainEqual(
    expect.objectContaining({
      ...place,
      batch,
      message: "A batch was sent",
      accepted: expect.any(Number),
    }),
  );
  expect(entries).toContainEqual(
    expect.objectContaining({ ...place, message: "The run's books are closed" }),
  );
  expect(entries).toContainEqual(
    expect.objectContaining({
      level: "ERROR",
      message: "A message could not be worked off",
      business: shop.business,
      batch: "03#000001#000",
      fault: expect.objectContaining({ name: "SapaError" }),
    }),
  );
  expect(entries).toContainEqual(expect.objectContaining({ FeedbackRecorded: expect.anything() }));
  expect(entries).toContainEqual(expect.objectContaining({ RowsImported: 1 }));
  expect(entries).toContainEqual(expect.objectContaining({ RunsSettled: 1 }));
});

async function importFile(content: string): Promise<void> {
  const { uploadUrl } = await owner.ask("POST /v1/imports", {
    kind: "customers",
    format: "csv",
    size: Buffer.byteLength(content),
    consent: "subscribed",
    legalBasis: "Paper forms",
  });
  expect((await fetch(uploadUrl, { method: "PUT", body: content })).status).toBe(200);
  await host.host.idle();
}

/** What people and programs get wrong, each with something personal in it. */
async function wrongRequests(): Promise<void> {
  const { key } = shop;
  await host.request("PUT /v1/customers", { key, body: `{"email": "${ani.email}", "name": Ani Lestari` });
  await host.request("PUT /v1/customers", {
    key,
    body: { email: ani.email, birthday: "31-02", surname: "Wulandari" },
  });
  await host.request("GET /v1/customers", { key: `${key}x` });
  await host.request(`GET /v1/customers/${encodeURIComponent(ani.email)}`, { key });
  await host.request(`GET /v1/customers?email=${encodeURIComponent(ani.email)}&colour=red`, { key });
}

/** A message that nobody can work off, as a later version or a mistake might leave it. */
async function poison(body: string): Promise<void> {
  const name = arnOf(host, "AWS::SQS::Queue", "sends").split(":").at(-1);
  const sqs = new SQSClient({
    endpoint: `${host.host.awsUrl}/sqs`,
    region: "us-east-1",
    credentials: host.host.operator,
  });
  await sqs.send(
    new SendMessageCommand({ QueueUrl: `${host.host.awsUrl}/sqs/000000000000/${name}`, MessageBody: body }),
  );
  await host.host.idle();
}

/** The links of a mail, pressed and forged, and the sign-up page. */
async function visits(): Promise<void> {
  const [mail] = host.mails(ani.email);
  const links = mail?.body.text?.match(/https?:\/\/\S+\/[a-z]\/[\w.-]+/g) ?? [];
  const unsubscribe = /<(https?:[^>]+)>/.exec(header(mail ?? {}, "List-Unsubscribe") ?? "")?.[1] ?? "";
  const form = (fields: Record<string, string>) => ({ method: "POST", body: new URLSearchParams(fields) });
  for (const link of new Set([unsubscribe, ...links])) {
    tokens.push(link.split("/").at(-1) ?? "");
    await fetch(link);
    await fetch(`${link}x`);
    await fetch(link, form({ nickname: "Ani Lestari", email: ani.email, "List-Unsubscribe": "One-Click" }));
  }
  await fetch(
    `${host.host.publicUrl}/join/${shop.business}`,
    form({ email: "eko.baru@example.com", nickname: "Eko" }),
  );
  await host.host.idle();
}
