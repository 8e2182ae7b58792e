import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { type Business, defaultTopics, OperatorLimits } from "../../core/businesses.ts";
import { newId } from "../../core/ids.ts";
import { documents, tableName } from "../../core/store.ts";

/** A coffee shop in Jakarta, valid as it is; a fresh id each time, so that tests do not meet. */
export const aBusiness = (overrides: Partial<Business> = {}): Business => ({
  id: newId("biz"),
  name: "Kopi Senja",
  sender: { address: "halo@kopisenja.example", name: "Kopi Senja", replyTo: "tanya@kopisenja.example" },
  postalAddress: "Jl. Kemang Raya 12, Jakarta 12730",
  brand: { colour: "#0f766e" },
  websiteUrl: "https://kopisenja.example",
  timeZone: "Asia/Jakarta",
  currency: "IDR",
  locale: "id",
  topics: defaultTopics,
  attributes: {},
  frequencyCap: {},
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
  ...overrides,
});

export async function saveBusiness(business: Business): Promise<Business> {
  await documents.send(new PutCommand({ TableName: tableName("businesses"), Item: business }));
  return business;
}
