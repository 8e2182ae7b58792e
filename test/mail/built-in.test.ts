import { describe, expect, test } from "vitest";
import type { Business } from "../../core/businesses.ts";
import { compile } from "../../core/mail/compile.ts";
import { render } from "../../core/mail/render.ts";
import { split } from "../../core/mail/slots.ts";
import { shipped } from "../../core/templates/shipped.ts";
import { aView, kopiSenja, menu } from "./sample.ts";

const { websiteUrl: _, ...withoutWebsite } = kopiSenja;
const logoUrl = "https://kopisenja.example/logo.png";
const branded: Business = { ...kopiSenja, brand: { colour: "#f5c542", logoUrl } };

describe.each(Object.entries(shipped))("the built-in template %s", (id, { source }) => {
  test.each(["id", "en"] as const)("in %s greets a customer of whom everything is known", async (locale) => {
    const compiled = (await compile(source))[locale];
    if (!compiled) throw new Error(`There is no ${locale}`);
    const mail = render(compiled, aView({ locale, business: branded }));
    expect(`${mail.subject} ${mail.html}`).toContain("Ani");
    expect(mail.html).toContain(`<html lang="${locale}"`);
    expect(mail.html).toContain(`alt="Kopi Senja" src="${logoUrl.replace(/=/g, "&#x3D;")}"`);
    expect(mail.html).toContain("#f5c542");
    expect(mail.html).toContain("Gratis satu kopi");
    expect(mail.html).toContain('href="https://kopisenja.example/menu?dari&#x3D;email&amp;bahasa&#x3D;id"');
    for (const part of [mail.html, mail.text]) {
      expect(part).toContain("https://mail.kopisenja.example/u/abc_DEF-123");
      expect(part).toContain("https://mail.kopisenja.example/p/abc_DEF-123");
      expect(part).toContain("Jalan Braga 12, Bandung 40111");
      expect(part).not.toMatch(/\{\{|undefined|\[object/);
      expect(part.match(/Jalan Braga/g)).toHaveLength(1);
    }
    expect(mail.text).not.toMatch(/\n{3,}/);
    expect(Buffer.byteLength(mail.html)).toBeLessThan(40_000);
    expect(mail.html).not.toMatch(/<link|<script|@import|fonts\.google/);
    expect([...mail.html.matchAll(/<img [^>]*>/g)].every(([tag]) => / alt="[^"]/.test(tag))).toBe(true);
  });

  test.each(["id", "en"] as const)("in %s reads well when hardly anything is known", async (locale) => {
    const compiled = (await compile(source))[locale];
    if (!compiled) throw new Error(`There is no ${locale}`);
    const view = aView({
      locale,
      customer: {},
      business: withoutWebsite,
      offer: undefined,
      items: menu.slice(1, 2),
    });
    const mail = render(compiled, view);
    expect(`${mail.subject} ${mail.html}`).toContain(locale === "id" ? "Kak" : "friend");
    expect(mail.html).not.toMatch(/<img|href=""|src=""|class="button/);
    expect(mail.text).not.toMatch(/\n{3,}|<>|\(\)/);
    if (id === "new-items") expect(mail.subject).not.toMatch(/lainnya|and more/);
  });

  test("costs a customer little on the wire", async () => {
    const { id: compiled } = await compile(source);
    if (!compiled) throw new Error("There is no Indonesian");
    const personal = JSON.stringify(split(compiled).fillPersonal(aView()));
    expect(personal.length).toBeLessThan(id === "new-items" ? 9000 : 500);
  });
});

test("filling the slots of new-items with five items takes microseconds", async () => {
  const { id: compiled } = await compile(shipped["new-items"].source);
  if (!compiled) throw new Error("There is no Indonesian");
  const { fillPersonal } = split(compiled);
  const view = aView();
  const rounds = 20_000;
  for (let round = 0; round < 2000; round++) fillPersonal(view);
  const { user: before } = process.cpuUsage();
  for (let round = 0; round < rounds; round++) fillPersonal(view);
  const each = (process.cpuUsage().user - before) / rounds;
  // The budget is 15 µs; a machine that is busy with other things gets three times that.
  expect(each).toBeLessThan(45);
});
