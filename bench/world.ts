import type { DeliveryMessage } from "../core/backlog.ts";
import { type Business, defaultTopics, OperatorLimits } from "../core/businesses.ts";
import type { Customer } from "../core/customers/record.ts";
import type { CustomerId } from "../core/ids.ts";
import type { Item } from "../core/items.ts";
import type { Recipient } from "../core/runs/audience.ts";
import { pick } from "../core/runs/picks.ts";
import { inBatches } from "../core/runs/select.ts";
import type { Run } from "../core/runs.ts";
import type { SegmentDefinition } from "../core/segments.ts";

/** The one shop that everything is measured with: the same each time, so that figures can be compared. */
export const business: Business = {
  id: "biz_kopisenja",
  name: "Kopi Senja",
  sender: { address: "halo@kopisenja.example", name: "Kopi Senja", replyTo: "tanya@kopisenja.example" },
  postalAddress: "Jalan Braga 12, Bandung 40111",
  brand: { colour: "#7c3f1d", logoUrl: "https://kopisenja.example/logo.png" },
  websiteUrl: "https://kopisenja.example/menu",
  timeZone: "Asia/Jakarta",
  currency: "IDR",
  locale: "id",
  topics: defaultTopics,
  attributes: { favourite: "text", points: "number" },
  frequencyCap: { perWeek: 3 },
  leapDayRule: "february-28",
  signUp: { open: true, doubleOptIn: true },
  softBounces: { limit: 5, withinDays: 30 },
  breaker: { complaintRate: 0.001, bounceRate: 0.04, minimumSample: 1000, days: 7 },
  retention: { eventsDays: 365 },
  resumed: 0,
  limits: OperatorLimits.parse({ identities: ["kopisenja.example"] }),
  createdAt: "2026-01-05T02:00:00.000Z",
  updatedAt: "2026-01-05T02:00:00.000Z",
  version: 1,
};

const categories = ["Kopi", "Teh", "Roti", "Camilan"];
const nth = <T>(list: readonly T[], n: number): T => list[n % list.length] as T;

/** Five new items, as a week's campaign may announce; each customer sees them in an order of their own. */
export const items: Item[] = Array.from({ length: 5 }, (_, n) => ({
  id: `SKU-${n}`,
  name: `${nth(["Es Kopi Gula Aren", "Teh Tarik Rempah", "Croissant Pandan", "Pisang Goreng Keju"], n)} ${n}`,
  category: nth(categories, n),
  price: { amount: 2_000_000 + n * 50_000, currency: "IDR" },
  description: "Espresso ganda, susu segar & gula aren dari Garut",
  url: `https://kopisenja.example/menu/item-${n}`,
  imageUrl: `https://kopisenja.example/gambar/item-${n}.jpg`,
  inStock: true,
  addedAt: `2026-11-${10 + n}T02:00:00.000Z`,
  updatedAt: `2026-11-${10 + n}T02:00:00.000Z`,
}));

/** Five conditions, none of which an index helps with; about one customer in eight matches. */
export const segment: SegmentDefinition = {
  all: [
    { spent: { atLeast: 30_000_000 } },
    { bought: { category: "Kopi" } },
    { any: [{ tag: "vip" }, { attribute: "favourite", is: "kopi tubruk" }] },
    { not: { opened: { withinDays: 30 } } },
  ],
};

const run = {
  business: business.id,
  campaign: "cam_7hkqm2xv9d4tbn3s",
  trigger: "schedule",
  scheduledAt: "2026-11-24T02:00:00.000Z",
  state: "running",
  topic: "news",
  mailTemplates: { id: "sapa-5f0c2f6d1d", en: "sapa-8e61f3a9c2" },
  attributes: [],
  startedAt: "2026-11-24T02:00:01.000Z",
} satisfies Partial<Run>;

export const runs: Record<"newItems" | "segmented", Run> = {
  newItems: {
    ...run,
    id: "run_7hkqm2xv9d4tbn3s_t5kq20",
    campaignName: "What is new",
    offer: "Gratis satu kopi susu minggu ini",
    occasion: { kind: "new-items", items, most: 5, leftOut: [], seen: [] },
    template: { id: "new-items", version: 1 },
  },
  segmented: {
    ...run,
    id: "run_9hkqm2xv9d4tbn3s_t5kq20",
    campaignName: "Coffee lovers",
    occasion: { kind: "broadcast" },
    segment: { id: "seg_4hkqm2xv9d4tbn3s", definition: segment },
    template: { id: "broadcast", version: 1 },
  },
};

/** Customer number `n`, with as much history as a regular has. */
export function customerAt(n: number): Customer {
  const orders = 1 + (n % 23);
  return {
    id: `cus_${String(n).padStart(16, "0")}`,
    business: business.id,
    email: `pelanggan.${n}@example.com`,
    phone: `+62812${String(n).padStart(8, "0")}`,
    name: `${nth(["Ani Lestari", "Budi Santoso", "Citra Dewi"], n)} ${n}`,
    birthday: `${String(1 + (n % 12)).padStart(2, "0")}-${String(1 + (n % 28)).padStart(2, "0")}`,
    tags: n % 3 === 0 ? ["vip", "member"] : ["member"],
    attributes: { favourite: nth(["Kopi tubruk", "Teh tarik", "Matcha", "Roti bakar"], n), points: n % 500 },
    topics: { birthday: true },
    locale: "id",
    consent: "subscribed",
    statistics: {
      orders,
      spent: orders * 2_900_000,
      firstOrderAt: "2026-01-12T04:10:00.000Z",
      lastOrderAt: `2026-${String(2 + (n % 9)).padStart(2, "0")}-14T09:30:00.000Z`,
      categories: {
        [nth(categories, n)]: { orders, lastAt: "2026-09-14T09:30:00.000Z" },
        [nth(categories, n + 1 + (n % 2))]: { orders: 1, lastAt: "2026-03-02T09:30:00.000Z" },
      },
      items: Object.fromEntries(
        Array.from({ length: 6 }, (_, item) => [
          // One in ten has bought a new one already.
          item === 0 && n % 10 === 0 ? `SKU-${(n / 10) % 5}` : `SKU-${10 + ((n * 7 + item * 5) % 40)}`,
          "2026-08-14T09:30:00.000Z",
        ]),
      ),
    },
    engagement: { lastOpenedAt: n % 2 ? "2026-11-20T03:00:00.000Z" : "2026-08-02T03:00:00.000Z" },
    recentSends: ["2026-11-09T02:00:03.000Z"],
    wonBack: {},
    greeted: {},
    createdAt: "2026-01-12T04:10:00.000Z",
    updatedAt: "2026-10-14T09:30:00.000Z",
    version: 9,
  };
}

/** The recipients of a page of 200 customers, the first being number `start`: four batches of 50, as selected. */
export function recipientsAt(start: number): Recipient[][] {
  const recipients = Array.from({ length: 200 }, (_, offset): Recipient => {
    const { id, version, email = "", name = "", recentSends, statistics } = customerAt(start + offset);
    return { id, version, email, locale: "id", name, recentSends, items: pick(items, statistics, 5) };
  });
  return inBatches(recipients);
}

/** Their messages, as release-batches hands them out. */
export const messagesAt = (start: number): DeliveryMessage[] =>
  recipientsAt(start).map((recipients, index) => {
    const id = `07#${String(1 + start / 200).padStart(6, "0")}#00${index}`;
    return {
      business: business.id,
      run: runs.newItems.id,
      id,
      locale: "id",
      customers: recipients.map((recipient) => recipient.id),
      position: `2026-11-24T02:15:00.000Z#${business.id}#${runs.newItems.id}#${id}`,
      // Far more than any account has, so that nothing waits.
      perSecond: 100_000,
    };
  });

/** An SQS event as Lambda gets it, one record for each body. */
export const sqsEvent = (bodies: readonly unknown[]) => ({
  Records: bodies.map((body, n) => ({
    messageId: `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`,
    receiptHandle: "handle",
    body: JSON.stringify(body),
    attributes: {
      ApproximateReceiveCount: "1",
      SentTimestamp: "1795485600000",
      SenderId: "AIDA",
      ApproximateFirstReceiveTimestamp: "1795485600100",
    },
    messageAttributes: {},
    md5OfBody: "",
    eventSource: "aws:sqs",
    eventSourceARN: "arn:aws:sqs:us-east-1:000000000000:sends",
    awsRegion: "us-east-1",
  })),
});

/** What a handler asks of Lambda's context. */
export const context = {
  functionName: "Sapa-bench",
  invokedFunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:Sapa-bench",
  memoryLimitInMB: "1024",
  functionVersion: "$LATEST",
  awsRequestId: "bench",
  getRemainingTimeInMillis: () => 600_000,
};

/** The key that owner-api is asked with. */
export const token = `sapa_kopisenja_${"a1b2".repeat(8)}`;
export const customerId = (n: number): CustomerId => customerAt(n).id;
