import type { story } from "../support/story.ts";

/** A sign that takes six bytes of JSON, and is one of the hundreds that a field may hold. */
const long = (length: number) => "\u0001".repeat(length);

/** Fills a business with the largest of each thing that the API takes, of each more than go into one answer. */
export async function heavy(owner: ReturnType<typeof story>, business: string): Promise<void> {
  const names = Array.from({ length: 40 }, (_, at) => `heavy${at}`);
  await owner.ask(`PATCH /v1/businesses/${business}`, {
    attributes: Object.fromEntries(names.map((name) => [name, "text"])),
  });
  const attributes = Object.fromEntries(names.map((name) => [name, long(500)]));
  const each = (count: number, make: (at: number) => Promise<unknown>) =>
    Array.from({ length: count }, (_, at) => at).reduce(
      (before, at) => before.then(() => make(at)),
      Promise.resolve<unknown>(undefined),
    );
  await each(50, (at) => owner.customer({ email: `heavy${at}@example.com`, attributes }));
  await each(60, (at) =>
    owner.order("heavy0@example.com", "2026-11-20T10:00:00+07:00", {
      id: `heavy-${at}`,
      lines: Array.from({ length: 200 }, (_, line) => ({
        item: `${line} ${"x".repeat(60)}`,
        name: `a${"☕".repeat(90)}`,
        quantity: 1,
      })),
    }),
  );
  const definition = {
    any: Array.from({ length: 20 }, (_, at) => ({ attribute: `heavy${at}`, is: `a${"☕".repeat(200)}` })),
  };
  await each(60, (at) => owner.ask("POST /v1/segments", { name: `Heavy ${at}`, definition }));
  const text = "Kopi hangat untukmu. ".repeat(2_500);
  const mjml = `<mjml><mj-body><mj-section><mj-column><mj-text>${text}</mj-text></mj-column></mj-section></mj-body></mjml>`;
  await each(12, (at) =>
    owner.ask("POST /v1/templates", { name: `Heavy ${at}`, translations: { id: { subject: "Halo", mjml } } }),
  );
}
