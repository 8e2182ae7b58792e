import type { z } from "zod";
import * as businesses from "../../core/businesses.ts";
import { DryRun } from "../../core/campaigns/dry-run.ts";
import * as campaigns from "../../core/campaigns.ts";
import { ConsentRecord } from "../../core/consents.ts";
import { CustomerExport } from "../../core/customers/export.ts";
import * as customers from "../../core/customers.ts";
import { Erasure } from "../../core/erasures.ts";
import * as imports from "../../core/imports.ts";
import * as items from "../../core/items.ts";
import * as keys from "../../core/keys.ts";
import { TemplateSource } from "../../core/mail/compiled.ts";
import { Money } from "../../core/money.ts";
import * as orders from "../../core/orders.ts";
import { Summary } from "../../core/responses/summary.ts";
import * as responses from "../../core/responses.ts";
import { Books } from "../../core/runs/books.ts";
import { Explanation } from "../../core/runs/explain.ts";
import { RunReport, SendReport } from "../../core/runs/reports.ts";
import { Run } from "../../core/runs.ts";
import { Schedule } from "../../core/schedules.ts";
import { Preview } from "../../core/segments/preview.ts";
import * as segments from "../../core/segments.ts";
import { Template, TemplateSummary } from "../../core/templates.ts";

/** The nouns that have a name of their own in the OpenAPI document; everything else is written out in place. */
export const components: Record<string, z.ZodType> = {
  Business: businesses.Business,
  BusinessSettings: businesses.BusinessSettings,
  BusinessPatch: businesses.BusinessPatch,
  Topic: businesses.Topic,
  ApiKey: keys.ApiKey,
  KeySettings: keys.KeySettings,
  Customer: customers.CustomerView,
  CustomerReference: customers.CustomerReference,
  CustomerInput: customers.CustomerInput,
  CustomerPatch: customers.CustomerPatch,
  ConsentRecord,
  CustomerExport,
  Erasure,
  Import: imports.Import,
  ImportInput: imports.ImportInput,
  ImportContinuation: imports.ImportContinuation,
  RehearsedRow: imports.RehearsedRow,
  Rejection: imports.Rejection,
  Order: orders.Order,
  OrderReference: orders.OrderReference,
  NewOrder: orders.NewOrder,
  OrderLine: orders.OrderLine,
  Item: items.Item,
  ItemInput: items.ItemInput,
  Money,
  SegmentDetails: segments.SegmentDetails,
  Segment: segments.DescribedSegment,
  SegmentPreview: Preview,
  Template,
  TemplateSummary,
  TemplateSource,
  Schedule,
  CampaignDetails: campaigns.CampaignDetails,
  BirthdayCampaign: campaigns.BirthdayCampaign,
  WinbackCampaign: campaigns.WinbackCampaign,
  NewItemsCampaign: campaigns.NewItemsCampaign,
  BroadcastCampaign: campaigns.BroadcastCampaign,
  Campaign: campaigns.Campaign,
  DryRun,
  Run,
  RunReport,
  Books,
  SendReport,
  Explanation,
  Response: responses.ResponseView,
  ResponseSummary: Summary,
};
