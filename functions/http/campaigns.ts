import { z } from "zod";
import * as activation from "../../core/campaigns/activation.ts";
import { DryRun, dryRun, withoutPeople } from "../../core/campaigns/dry-run.ts";
import * as campaigns from "../../core/campaigns.ts";
import { CampaignId } from "../../core/ids.ts";
import { Run } from "../../core/runs.ts";
import { accepted, created, ok, page, pageQuery, type Route, route } from "./route.ts";
import { seenBy } from "./scopes.ts";

const { CampaignDetails, CampaignView, present } = campaigns;
const params = z.object({ campaign: CampaignId });
const tag = "Campaigns";

const example = {
  kind: "winback",
  name: "We miss you",
  days: 60,
  template: "winback",
  topic: "offers",
  offer: "Gratis satu kopi susu minggu ini",
  schedule: { every: "day", at: "09:00" },
};

const create = route({
  method: "POST",
  path: "/v1/campaigns",
  id: "createCampaign",
  tag,
  summary: "Define a campaign",
  description:
    "A new campaign is a draft. Its kind says whom it is about: `birthday` (on the day, or days before, once a year), `winback` (no order for so many days, once for each lapse, also where orders come in later), `new-items` (items that came into the catalogue, or back into stock, since the last run and that the customer has not bought), `broadcast` (everyone, once). A segment narrows it.",
  access: "campaigns:write",
  body: CampaignDetails,
  example,
  answers: { 201: CampaignView },
  handle: async ({ business, body, now }) =>
    created(present(await campaigns.create(business.id, body, now), business)),
});

const list = route({
  method: "GET",
  path: "/v1/campaigns",
  id: "listCampaigns",
  tag,
  summary: "List the campaigns",
  access: "campaigns:read",
  query: pageQuery,
  answers: { 200: page(CampaignView) },
  handle: async ({ business, query }) => {
    const { items, ...rest } = await campaigns.list(business.id, query);
    return ok({ items: items.map((campaign) => present(campaign, business)), ...rest });
  },
});

const read = route({
  method: "GET",
  path: "/v1/campaigns/{campaign}",
  id: "readCampaign",
  tag,
  summary: "Read a campaign",
  access: "campaigns:read",
  params,
  answers: { 200: CampaignView },
  handle: async ({ business, params }) =>
    ok(present(await campaigns.get(business.id, params.campaign), business)),
});

const change = route({
  method: "PUT",
  path: "/v1/campaigns/{campaign}",
  id: "changeCampaign",
  tag,
  summary: "Change a campaign",
  description:
    "Replaces the whole definition; the kind can't change. An active campaign's schedule follows at once.",
  access: "campaigns:write",
  params,
  body: CampaignDetails,
  example,
  answers: { 200: CampaignView },
  problems: [409],
  handle: async ({ business, params, body, now }) =>
    ok(present(await activation.change(business, params.campaign, { details: body, now }), business)),
});

const rehearse = route({
  method: "POST",
  path: "/v1/campaigns/{campaign}/dry-run",
  id: "dryRunCampaign",
  tag,
  summary: "See who would get it now, who not, and why",
  description:
    "Says what running the campaign now would do; for a draft, what activating it now and running it at once would. A draft of a winback with `newlyLapsedOnly` therefore reaches nobody yet. Sends nothing and changes nothing. Looks at up to 20,000 customers.",
  access: "campaigns:read",
  params,
  answers: { 200: DryRun },
  personalAnswer: true,
  handle: async ({ business, caller, params, now }) => {
    const campaign = await campaigns.get(business.id, params.campaign);
    const whole = await dryRun(business, campaign, now);
    return ok(seenBy(caller, "customers:read", { whole, restOf: withoutPeople }));
  },
});

const activate = route({
  method: "POST",
  path: "/v1/campaigns/{campaign}/activate",
  id: "activateCampaign",
  tag,
  summary: "Have it fire by its schedule",
  description:
    "Answers 409 and names what is missing: a verified sender, the template, the segment, the topic.",
  access: "campaigns:write",
  params,
  answers: { 200: CampaignView },
  problems: [409],
  handle: async ({ business, params, now, deadline }) =>
    ok(present(await activation.activate(business, params.campaign, { now, deadline }), business)),
});

const pause = route({
  method: "POST",
  path: "/v1/campaigns/{campaign}/pause",
  id: "pauseCampaign",
  tag,
  summary: "Stop firing until it is resumed",
  description: "A run that is under way still finishes.",
  access: "campaigns:write",
  params,
  answers: { 200: CampaignView },
  problems: [409],
  handle: async ({ business, params, now }) =>
    ok(present(await activation.pause(business, params.campaign, now), business)),
});

const resume = route({
  method: "POST",
  path: "/v1/campaigns/{campaign}/resume",
  id: "resumeCampaign",
  tag,
  summary: "Fire again by its schedule",
  description:
    "What it missed while paused is not made up for, but a winback or new-items campaign goes on from where its last run had looked.",
  access: "campaigns:write",
  params,
  answers: { 200: CampaignView },
  problems: [409],
  handle: async ({ business, params, now, deadline }) =>
    ok(present(await activation.resume(business, params.campaign, { now, deadline }), business)),
});

const runNow = route({
  method: "POST",
  path: "/v1/campaigns/{campaign}/run",
  id: "runCampaign",
  tag,
  summary: "Run it now",
  description:
    "Besides its schedule. Returns the run as it starts; read it to see how it goes. Send an `Idempotency-Key`, so that a repeated request does not start a second run.",
  access: "campaigns:write",
  params,
  answers: { 202: Run },
  problems: [409],
  handle: async ({ business, params, now, intent, deadline }) =>
    accepted(await activation.runNow(business, params.campaign, { now, intent, deadline })),
});

const archive = route({
  method: "POST",
  path: "/v1/campaigns/{campaign}/archive",
  id: "archiveCampaign",
  tag,
  summary: "End it for good",
  description: "Its runs and their books stay readable.",
  access: "campaigns:write",
  params,
  answers: { 200: CampaignView },
  handle: async ({ business, params, now }) =>
    ok(present(await activation.archive(business, params.campaign, now), business)),
});

export const routes: readonly Route[] = [
  create,
  list,
  read,
  change,
  rehearse,
  activate,
  pause,
  resume,
  runNow,
  archive,
];
