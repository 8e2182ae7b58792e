import { z } from "zod";
import { CampaignId, CustomerId, RunId } from "../../core/ids.ts";
import { cancel } from "../../core/runs/cancel.ts";
import { Explanation, explain, withoutPeople } from "../../core/runs/explain.ts";
import { RunReport, report, SendReport, sendsOfCustomer, sendsOfRun } from "../../core/runs/reports.ts";
import { ResendInput, resend } from "../../core/runs/resend.ts";
import * as runs from "../../core/runs.ts";
import { accepted, ok, page, pageQuery, type Route, route } from "./route.ts";
import { seenBy } from "./scopes.ts";

const params = z.object({ run: RunId });
const tag = "Runs";

const list = route({
  method: "GET",
  path: "/v1/runs",
  id: "listRuns",
  tag,
  summary: "List runs",
  description: "With `campaign`, that campaign's runs, the newest first.",
  access: "runs:read",
  query: pageQuery.extend({ campaign: CampaignId.optional() }),
  answers: { 200: page(runs.Run) },
  handle: async ({ business, query }) => ok(await runs.list(business.id, query)),
});

const read = route({
  method: "GET",
  path: "/v1/runs/{run}",
  id: "readRun",
  tag,
  summary: "Read a run with its books",
  description:
    "The books balance at any moment: selected = accepted + skipped (by reason) + failed (by reason) + unknown + waiting. While the run is under way `progress` says how fast it goes and, where that can be told, when it will be done.",
  access: "runs:read",
  params,
  answers: { 200: RunReport },
  handle: async ({ business, params, now }) => ok(await report(business, params.run, now)),
});

const sends = route({
  method: "GET",
  path: "/v1/runs/{run}/sends",
  id: "listSendsOfRun",
  tag,
  summary: "List a run's sends",
  description: "Nobody once the run's `sendsKeptUntil` is past; its books stay.",
  access: "runs:read",
  params,
  query: pageQuery,
  answers: { 200: page(SendReport) },
  handle: async ({ business, params, query, now }) =>
    ok(await sendsOfRun(await runs.get(business.id, params.run), { ...query, now })),
});

const why = route({
  method: "GET",
  path: "/v1/runs/{run}/explain/{customer}",
  id: "explainRun",
  tag,
  summary: "Why did, or didn't, this customer get it?",
  access: "runs:read",
  params: z.object({ run: RunId, customer: CustomerId }),
  answers: { 200: Explanation },
  handle: async ({ business, caller, params, now }) => {
    const whole = await explain(await runs.get(business.id, params.run), params.customer, now);
    return ok(seenBy(caller, "customers:read", { whole, restOf: withoutPeople }));
  },
});

const again = route({
  method: "POST",
  path: "/v1/runs/{run}/resend",
  id: "resendRun",
  tag,
  summary: "Send again to those who were failed or unknown",
  description:
    "Makes a run of its own for them, with the same mail, once nothing of this one waits any more; who may no longer be mailed is skipped. Without `include` only mail that SES refused is sent again. Mail that is `unknown` may have arrived: whoever you send it to again may get it twice, so it must be named. Safe to repeat: mail in either state is sent again once, and a repeated call answers with the run of the first. What that run could not send can be sent again in turn.",
  access: "campaigns:write",
  params,
  body: ResendInput,
  example: { include: ["failed"] },
  answers: { 202: runs.Run },
  problems: [409],
  handle: async ({ business, params, body, now }) =>
    accepted(await resend(business, params.run, { include: body.include, now })),
});

const cancelRun = route({
  method: "POST",
  path: "/v1/runs/{run}/cancel",
  id: "cancelRun",
  tag,
  summary: "Stop a run that is under way",
  description:
    "Within seconds nothing more of it is handed to SES. Customers who had not been mailed by then count as skipped, `run-canceled`; the mail counts for no frequency cap of theirs, and a win-back is still owed. A canceled run can't go on; run the campaign again. Repeating the call changes nothing. 409 when the run has ended already.",
  access: "campaigns:write",
  params,
  answers: { 200: runs.Run },
  problems: [409],
  handle: async ({ business, params, now }) => ok(await cancel(business.id, params.run, now)),
});

const ofCustomer = route({
  method: "GET",
  path: "/v1/customers/{customer}/sends",
  id: "listSendsOfCustomer",
  tag,
  summary: "List what a customer was sent, the newest campaign runs last",
  access: "runs:read",
  params: z.object({ customer: CustomerId }),
  query: pageQuery,
  answers: { 200: page(SendReport) },
  handle: async ({ business, params, query, now }) =>
    ok(await sendsOfCustomer(business.id, params.customer, { ...query, now })),
});

export const routes: readonly Route[] = [list, read, sends, why, again, cancelRun, ofCustomer];
