import type { LocalHost } from "../../local/host.ts";

/** A business with one of each thing, and what schemathesis is told of it: keys and ids, as environment variables. */
export async function prepare(host: LocalHost): Promise<Record<string, string>> {
  const admin = await host.adminKey();
  let key = admin;
  const ask = async (
    operation: `${string} /${string}`,
    body?: unknown,
  ): Promise<{ id: string; token: string }> => {
    const [method = "", path = ""] = operation.split(" ");
    const response = await fetch(`${host.apiUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${operation} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as { id: string; token: string };
  };
  const business = await ask("POST /v1/businesses", {
    name: "Kopi Senja",
    sender: { address: "halo@kopisenja.example" },
    postalAddress: "Jl. Braga 12, Bandung 40111",
    timeZone: "Asia/Jakarta",
    currency: "IDR",
    locale: "id",
    attributes: { favourite_drink: "text" },
  });
  key = (await ask(`POST /v1/businesses/${business.id}/keys`, { name: "fuzz" })).token;
  const customer = await ask("PUT /v1/customers", { email: "ani@example.com", consent: "subscribed" });
  await ask("PUT /v1/items/gayo", {
    name: "Kopi Gayo",
    category: "Coffee",
    price: { amount: 2_500_000, currency: "IDR" },
  });
  await ask("POST /v1/orders", {
    id: "INV/2026/1",
    customer: { email: "ani@example.com" },
    placedAt: "2026-11-01T10:00:00+07:00",
    total: 2_500_000,
    lines: [{ item: "gayo", quantity: 1 }],
  });
  const segment = await ask("POST /v1/segments", { name: "All", definition: { orders: { atLeast: 1 } } });
  const template = await ask("POST /v1/templates", {
    name: "Halo",
    translations: {
      id: {
        subject: "Halo",
        mjml: "<mjml><mj-body><mj-section><mj-column><mj-text>Halo {{customer.nickname}}</mj-text></mj-column></mj-section></mj-body></mjml>",
      },
    },
  });
  const campaign = await ask("POST /v1/campaigns", {
    name: "Halo",
    kind: "broadcast",
    template: template.id,
    topic: "news",
    schedule: { every: "day", at: "09:00" },
  });
  await ask(`POST /v1/campaigns/${campaign.id}/activate`);
  const run = await ask(`POST /v1/campaigns/${campaign.id}/run`);
  await host.idle();
  return {
    SAPA_KEY: key,
    SAPA_ADMIN_KEY: admin,
    SAPA_BUSINESS: business.id,
    SAPA_CUSTOMER: customer.id,
    SAPA_SEGMENT: segment.id,
    SAPA_TEMPLATE: template.id,
    SAPA_CAMPAIGN: campaign.id,
    SAPA_RUN: run.id,
  };
}
