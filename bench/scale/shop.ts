import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { BatchWriteCommand, DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { type Customer, toItem } from "../../core/customers/record.ts";
import { identityKey } from "../../core/identities.ts";
import { type BusinessId, newId } from "../../core/ids.ts";
import { environmentName, type TableName } from "../../core/tables.ts";
import { instant } from "../../core/time.ts";
import { type Owner, ownerAt } from "../../local/demo/owner.ts";
import type { LocalHost } from "../../local/host.ts";

export type Shop = { business: BusinessId; owner: Owner; size: number };

export type ShopSettings = {
  size: number;
  /** Whose birthday it is the day after: the same number at every size. */
  tomorrow: number;
  /** Every so many-th customer's mail bounces; none without it. */
  bounces?: number;
};

/** Nobody was born on the day after tomorrow, so that a run that finds no one can be measured. */
const day = { tomorrow: "11-25", after: "11-26" };
/** The clock at which all is measured: the morning of November 24 in the shop. */
export const morning = Date.parse("2026-11-24T01:00:00Z");

/** A new shop with so many customers, written into the tables at once: how they came in is not measured here. */
export async function openShop(host: LocalHost, settings: ShopSettings): Promise<Shop> {
  const operator = ownerAt(host.apiUrl, await host.adminKey());
  const { id } = await operator.call("POST", "/v1/businesses", {
    name: "Kopi Senja",
    sender: { address: "halo@kopisenja.example" },
    postalAddress: "Jl. Braga 12, Bandung 40111, Indonesia",
    timeZone: "Asia/Jakarta",
    currency: "IDR",
    locale: "id",
  });
  const { token } = await operator.call("POST", `/v1/businesses/${id}/keys`, { name: "bench" });
  const business = String(id) as BusinessId;
  const owner = ownerAt(host.apiUrl, String(token));
  await addItems(owner);
  await addCustomers(host, { ...settings, business });
  return { business, owner, size: settings.size };
}

const categories = ["Biji Kopi", "Minuman", "Kue", "Alat Seduh"];

async function addItems(owner: Owner): Promise<void> {
  for (let number = 0; number < 8; number++) {
    await owner.call("PUT", `/v1/items/new-${number}`, {
      name: `Kopi Gayo panen ${number}`,
      category: categories[number % categories.length],
      price: { amount: 95_000 + number, currency: "IDR" },
      url: `https://kopisenja.example/menu/${number}`,
      imageUrl: `https://kopisenja.example/menu/${number}.jpg`,
    });
  }
}

type Seeding = ShopSettings & { business: BusinessId };

async function addCustomers(host: LocalHost, seeding: Seeding): Promise<void> {
  const tables = tablesOf(host);
  const documents = DynamoDBDocumentClient.from(
    new DynamoDBClient({
      endpoint: `${host.awsUrl}/dynamodb`,
      region: "us-east-1",
      credentials: host.operator,
    }),
    { marshallOptions: { removeUndefinedValues: true } },
  );
  let number = 0;
  const writer = async () => {
    while (number < seeding.size) {
      const some: Customer[] = [];
      while (some.length < 12 && number < seeding.size) some.push(customerOf(number++, seeding));
      await documents.send(
        new BatchWriteCommand({
          RequestItems: {
            [tables.nameOf("customers")]: some.map((one) => ({ PutRequest: { Item: toItem(one) } })),
            [tables.nameOf("identities")]: some.map(({ business, id, email = "" }) => ({
              PutRequest: { Item: { identity: identityKey(business, "email", email), customer: id } },
            })),
          },
        }),
      );
    }
  };
  await Promise.all([writer(), writer(), writer(), writer()]);
  documents.destroy();
}

const names = [
  "Ani Lestari",
  "Budi Santoso",
  "Citra Dewi",
  "Dewi Anggraini",
  "Eko Prasetyo",
  "Fitri Handayani",
];

/** A customer such as a coffee shop has after a year: some orders, a few categories, a dozen items. */
function customerOf(number: number, { business, size, tomorrow, bounces }: Seeding): Customer {
  const createdAt = instant(morning - (30 + (number % 400)) * 86_400_000);
  const orders = 1 + (number % 9);
  const lastOrderAt = instant(morning - (1 + ((number * 7) % 120)) * 86_400_000);
  const bounced = bounces !== undefined && number % bounces === 0;
  return {
    id: newId("cus"),
    business,
    externalId: `M-${100_000 + number}`,
    email: bounced ? `bounce+${number}@simulator.amazonses.com` : `customer-${number}@example.com`,
    phone: `+62812${10_000_000 + number}`,
    name: names[number % names.length],
    birthday: birthdayOf(number, { size, tomorrow }),
    tags: number % 5 === 0 ? ["pelanggan tetap"] : [],
    attributes: {},
    topics: {},
    consent: "subscribed",
    statistics: {
      orders,
      spent: orders * 85_000,
      firstOrderAt: createdAt,
      lastOrderAt,
      categories: Object.fromEntries(
        categories
          .slice(0, 1 + (number % categories.length))
          .map((category) => [category, { orders, lastAt: lastOrderAt }]),
      ),
      items: Object.fromEntries(
        Array.from({ length: orders }, (_, index) => [`item-${(number + index) % 60}`, lastOrderAt]),
      ),
    },
    engagement: {},
    recentSends: [],
    wonBack: {},
    greeted: {},
    createdAt,
    updatedAt: lastOrderAt,
    version: 1,
  };
}

/**
 * The first `tomorrow` have the birthday of that name; the others are spread over the year but for two days, so
 * that number 100 and each 365th after it has it today.
 */
function birthdayOf(number: number, { tomorrow }: Pick<Seeding, "size" | "tomorrow">): Customer["birthday"] {
  if (number < tomorrow) return day.tomorrow;
  const spread = new Date(Date.UTC(2026, 0, 1 + ((number + 227) % 365))).toISOString().slice(5, 10);
  return (spread === day.tomorrow || spread === day.after ? "06-15" : spread) as Customer["birthday"];
}

/** What each table is called on the host, as owner-api's environment tells it. */
export function tablesOf({ stack }: LocalHost) {
  const environments = [...stack.resources.values()].map(
    ({ properties }) =>
      (properties.Environment as { Variables?: Record<string, string> } | undefined)?.Variables ?? {},
  );
  const variables: Record<string, string> = Object.assign({}, ...environments);
  const nouns = new Map(
    Object.entries(variables)
      .filter(([variable]) => variable.startsWith("TABLE_"))
      .map(([variable, name]) => [name, variable.slice("TABLE_".length).toLowerCase().replaceAll("_", " ")]),
  );
  return {
    nameOf: (table: TableName): string => variables[environmentName(table)] ?? table,
    nounOf: (name: string): string => nouns.get(name) ?? name,
  };
}
