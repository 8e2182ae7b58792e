import type { Context } from "aws-lambda";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import * as businesses from "../core/businesses.ts";
import * as consents from "../core/consents.ts";
import { erase } from "../core/customers/erase.ts";
import * as customers from "../core/customers.ts";
import { RunId } from "../core/ids.ts";
import { leavingHeaders } from "../core/mail/leaving.ts";
import * as books from "../core/runs/books.ts";
import * as outcomes from "../core/runs/outcomes.ts";
import { reasonFor } from "../core/suppressions.ts";
import { handler } from "../functions/read-replies.ts";
import { useBus } from "./support/bus.ts";
import { useDatabase } from "./support/database.ts";
import { useKeys } from "./support/keys.ts";
import { secret, tokenFor } from "./support/links.ts";
import { aBusiness, saveBusiness } from "./support/shop.ts";

useDatabase();
useBus();
useKeys(secret);

const now = "2026-11-24T02:00:00.000Z";
const run = RunId.parse("run_6789bcdfghjkmnpq_tiowk0");
let ani: customers.Customer;
beforeEach(async () => {
  vi.useFakeTimers({ now: new Date(now), toFake: ["Date"] });
  const shop = await saveBusiness(aBusiness());
  const input = {
    details: { email: "ani@example.com" },
    consent: "subscribed",
    evidence: { way: "api" },
  } as const;
  ani = (await customers.upsert(shop, input, now)).customer;
});
afterEach(() => {
  delete process.env.UNSUBSCRIBE_ADDRESS;
});

/** SES's own example of what it tells a Lambda function of a mail that came in, with this subject. */
const mail = (subject: string | undefined, verdicts: { spam?: string; virus?: string } = {}) => ({
  Records: [
    {
      eventSource: "aws:ses",
      eventVersion: "1.0",
      ses: {
        mail: {
          timestamp: now,
          source: "whoever@example.net",
          messageId: "o3vrnil0e2ic28tr",
          destination: ["unsubscribe@in.kopisenja.id"],
          headersTruncated: false,
          headers: [{ name: "From", value: "whoever@example.net" }],
          commonHeaders: { from: ["whoever@example.net"], ...(subject !== undefined && { subject }) },
        },
        receipt: {
          recipients: ["unsubscribe@in.kopisenja.id"],
          spamVerdict: { status: verdicts.spam ?? "PASS" },
          virusVerdict: { status: verdicts.virus ?? "PASS" },
          spfVerdict: { status: "PASS" },
          dkimVerdict: { status: "GRAY" },
          action: { type: "Lambda", functionArn: "arn:aws:lambda:…", invocationType: "Event" },
        },
      },
    },
  ],
});
const receive = async (event: unknown) => {
  await handler(event, {} as Context);
  return customers.get(ani.business, ani.id);
};

test.each(["", "Re: ", "unsubscribe  \t"])(
  "a mail with %oand the link's token as its subject unsubscribes, with the proof of it",
  async (before) => {
    const left = await receive(mail(`${before}${tokenFor("unsubscribe", ani, run)}`));

    expect(left.consent).toBe("unsubscribed");
    expect((await consents.history(ani.business, ani.id)).at(-1)).toEqual({
      at: now,
      was: "subscribed",
      consent: "unsubscribed",
      way: "mailto",
      run,
    });
  },
);

test("the same mail again changes nothing, and counts once for the run", async () => {
  const event = mail(tokenFor("unsubscribe", ani, run));
  const left = await receive(event);

  expect(await receive(event)).toEqual(left);
  expect(outcomes.sum(await books.talliesOf(ani.business, run)).unsubscribed).toBe(1);
});

test("mail that SES takes for spam or a virus, and whatever holds no token of ours, is let be", async () => {
  const token = tokenFor("unsubscribe", ani, run);
  const harmless = [
    mail(token, { spam: "FAIL" }),
    mail(token, { virus: "FAIL" }),
    mail(undefined),
    mail(""),
    mail("Halo, masih buka?"),
    mail(`${token.slice(0, -1)}~`),
    mail(token.slice(2)),
    mail(tokenFor("preferences", ani, run)),
    mail("a.b.c.d.e.f.g ".repeat(1000)),
  ];
  for (const event of harmless) expect(await receive(event)).toEqual(ani);
});

test("the link of a former address stops mail to that address, and not to the one that the customer has now", async () => {
  const token = tokenFor("unsubscribe", ani, run);
  const shop = await businesses.get(ani.business);
  const details = { email: "ani@kantor.example" };
  await customers.update(shop, ani.id, { details, evidence: { way: "api" } }, now);

  expect(await receive(mail(token))).toMatchObject({ ...details, consent: "subscribed" });
  expect(await reasonFor(ani.business, "ani@example.com")).toBe("unsubscribed");
  expect(await reasonFor(ani.business, "ani@kantor.example")).toBeUndefined();
});

test("mail of a customer who has been erased is let be", async () => {
  await erase({ business: ani.business, customer: ani.id, way: "link" }, now);

  await handler(mail(tokenFor("unsubscribe", ani, run)), {} as Context);

  expect(await customers.find(ani.business, ani.id)).toBeUndefined();
});

test("mails name the address only where the stack receives mail, and what they say unsubscribes", async () => {
  const url = `https://links.example/u/${tokenFor("unsubscribe", ani, run)}`;
  expect(leavingHeaders(url)[0]?.Value).toBe(`<${url}>`);

  process.env.UNSUBSCRIBE_ADDRESS = "unsubscribe@in.kopisenja.id";
  const [header, post] = leavingHeaders(url);
  expect(post).toEqual({ Name: "List-Unsubscribe-Post", Value: "List-Unsubscribe=One-Click" });
  const [, web, mailto = ""] = /^<(https:[^>]+)>, <(mailto:[^>]+)>$/.exec(header?.Value ?? "") ?? [];
  expect(web).toBe(url);
  const { pathname, searchParams } = new URL(mailto);
  expect(pathname).toBe("unsubscribe@in.kopisenja.id");
  expect((await receive(mail(searchParams.get("subject") ?? ""))).consent).toBe("unsubscribed");
});

test("a header that SES would not take leaves the address out", () => {
  process.env.UNSUBSCRIBE_ADDRESS = `unsubscribe@${"in.".repeat(70)}kopisenja.id`;
  const url = `https://links.example/u/${"x".repeat(400)}`;

  expect(leavingHeaders(url)[0]?.Value).toBe(`<${url}>`);
});
