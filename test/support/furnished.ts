import { newId } from "../../core/ids.ts";
import type { TestHost } from "./host.ts";
import type { Ids } from "./requests.ts";
import { story } from "./story.ts";

/**
 * Gives a shop one or two of each thing; returns the id of each. The name is in ids and addresses that owners choose,
 * the words are in texts that only the shop itself should see.
 */
export async function furnish(
  host: TestHost,
  shop: { business: string; key: string },
  name: string,
  words = name,
): Promise<Ids> {
  const owner = story(host, () => shop.key);
  const customer = await owner.customer({ email: `${name}@example.com`, name: `Customer of ${words}` });
  await owner.customer({ email: `second.${name}@example.com` });
  for (const item of [`${name}-1`, `${name}-2`]) {
    await owner.ask(`PUT /v1/items/${item}`, {
      name: "Kopi",
      category: "Coffee",
      price: { amount: 1, currency: "IDR" },
    });
  }
  await owner.order(`${name}@example.com`, "2026-11-01T10:00:00+07:00", { id: `order-${name}` });
  const segment = await owner.ask("POST /v1/segments", {
    name: words,
    definition: { orders: { atLeast: 1 } },
  });
  await owner.ask("POST /v1/segments", { name: "Another", definition: { orders: { atLeast: 2 } } });
  const template = await owner.ask("POST /v1/templates", {
    name: words,
    translations: { id: { subject: "Halo", mjml } },
  });
  const campaign = await owner.campaign({ kind: "broadcast", template: "broadcast", topic: "news" });
  const run = await owner.run(campaign);
  await owner.run(campaign);
  const imported = await owner.ask("POST /v1/imports", { kind: "customers", format: "csv", size: 100 });
  const { items: keys } = await owner.ask(`GET /v1/businesses/${shop.business}/keys`);
  return {
    business: shop.business,
    key: keys[0].id,
    customer,
    item: `${name}-1`,
    order: `order-${name}`,
    segment: segment.id,
    template: template.id,
    campaign,
    run: run.id,
    import: imported.id,
    response: `rsp_${customer.slice(4)}_${run.id.slice(4)}_r`,
    erasure: newId("era"),
  };
}

const mjml =
  "<mjml><mj-body><mj-section><mj-column><mj-text>Halo</mj-text></mj-column></mj-section></mj-body></mjml>";
