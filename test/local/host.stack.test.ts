import { expect, test } from "vitest";
import { useHost } from "../support/host.ts";

const sapa = useHost({ now: "2026-11-23T20:00:00Z" });

test("the deployed stack greets a customer on the morning of their birthday, and their link stops it", async () => {
  const { key } = await sapa.shop();
  const ani = { email: "ani@example.com", name: "Ani Lestari", birthday: "11-24", consent: "subscribed" };
  const saved = await sapa.request("PUT /v1/customers", { key, body: ani });
  expect(saved.status).toBe(201);
  const campaign = await sapa.request("POST /v1/campaigns", {
    key,
    body: {
      kind: "birthday",
      name: "Selamat ulang tahun",
      template: "birthday",
      topic: "birthday",
      schedule: { every: "day", at: "09:00" },
    },
  });
  const activated = await sapa.request(`POST /v1/campaigns/${campaign.body.id}/activate`, { key });
  expect(activated.status).toBe(200);

  await sapa.moveTo("2026-11-24T01:59:00Z");
  expect(sapa.mails()).toEqual([]);
  await sapa.moveTo("2026-11-24T02:05:00Z");

  const [mail, ...more] = sapa.mails("ani@example.com");
  expect(more).toEqual([]);
  expect(mail?.subject).toContain("Ani");
  const unsubscribe =
    mail?.headers?.find(({ name }) => name === "List-Unsubscribe")?.value.slice(1, -1) ?? "";
  expect(unsubscribe.startsWith(`${sapa.host.publicUrl}/`)).toBe(true);
  const body = new URLSearchParams({ "List-Unsubscribe": "One-Click" });
  expect((await fetch(unsubscribe, { method: "POST", body })).status).toBe(200);
  const read = await sapa.request(`GET /v1/customers/${saved.body.id}`, { key });
  expect(read.body.consent).toBe("unsubscribed");
});
