import { describe, expect, test } from "vitest";
import { SapaError } from "../../core/errors.ts";
import { compile } from "../../core/mail/compile.ts";
import { render } from "../../core/mail/render.ts";
import { split } from "../../core/mail/slots.ts";
import { aView } from "./sample.ts";

const inMail = (content: string) =>
  `<mjml>\n<mj-body>\n<mj-section><mj-column>\n${content}\n</mj-column></mj-section>\n</mj-body>\n</mjml>`;

async function mailOf(mjml: string, more: { subject?: string; text?: string } = {}) {
  const compiled = await compile({ translations: { id: { subject: "Halo", mjml, ...more } } });
  if (!compiled.id) throw new Error("Nothing was compiled");
  return compiled.id;
}

async function problemsOf(mjml: string, more: { subject?: string; text?: string } = {}) {
  const error = await mailOf(mjml, more).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(error instanceof SapaError)) throw new Error("It was compiled, or failed otherwise");
  expect(error.code).toBe("unprocessable");
  return error.problems;
}

describe("an owner's template", () => {
  test("greets the customer and lists the items, with expressions in text, links, colours and between tags", async () => {
    const mail = await mailOf(
      inMail(`
<mj-text>Halo, {{customer.nickname}} {{default customer.attributes.tier "'teman' & <kawan>"}}</mj-text>
{{#each items}}
<mj-button href="{{#if url}}{{url}}{{else}}https://kopi.example/?q={{encode name}}{{/if}}" background-color="{{../business.brandColour}}">{{name}}</mj-button>
{{/each}}`),
    );
    const { html, text } = render(mail, aView());
    expect(html).toContain("Halo, Ani &#x27;teman&#x27; &amp; &lt;kawan&gt;");
    expect(html).toContain('href="https://kopisenja.example/menu/gula-aren"');
    expect(html).toContain('href="https://kopi.example/?q=Croissant%20Pandan"');
    expect(html.match(/background:#7c3f1d/g)).toHaveLength(10);
    expect(text).toContain("Halo, Ani 'teman' & <kawan>");
    expect(text).toContain("Croissant Pandan <https://kopi.example/?q=Croissant%20Pandan>");
    expect(mail.uses).toEqual([
      "because",
      "business.brandColour",
      "business.name",
      "business.postalAddress",
      "customer.attributes.tier",
      "customer.nickname",
      "items",
      "links.preferences",
      "links.unsubscribe",
    ]);
  });

  test("gets a footer with the address and both links, if it has none", async () => {
    const mail = await mailOf(inMail("<mj-text>Halo</mj-text>"), { text: "Halo" });
    const { html, text } = render(mail, aView());
    for (const part of [html, text]) {
      expect(part).toContain(
        "Kamu menerima email ini karena mendaftar sendiri di Kopi Senja lewat Instagram",
      );
      expect(part).toContain("Jalan Braga 12, Bandung 40111");
      expect(part).toContain("https://mail.kopisenja.example/u/abc_DEF-123");
      expect(part).toContain("https://mail.kopisenja.example/p/abc_DEF-123");
    }
    const links = '{{business.postalAddress}} <a href="{{links.preferences}}">Atur</a>';
    const own = await mailOf(
      inMail(`<mj-text>${links}<a href="{{links.unsubscribe}}">Keluar</a>{{#if offer}}x{{/if}}</mj-text>`),
    );
    expect(own.html).not.toContain("Berhenti berlangganan");
    const hidden = await mailOf(
      inMail(`<mj-text>${links}{{#if offer}}<a href="{{links.unsubscribe}}">Keluar</a>{{/if}}</mj-text>`),
    );
    expect(hidden.html).toContain("Berhenti berlangganan");
  });

  test("has its unsubscribe and preferences links kept out of click tracking, and no others", async () => {
    const { html } = await mailOf(inMail('<mj-text><a href="https://kopi.example">Menu</a></mj-text>'));
    expect(html.match(/<a ses:no-track href="\{\{links\.\w+\}\}"/g)).toHaveLength(2);
    expect(html.match(/ses:no-track/g)).toHaveLength(2);
  });

  test("says which language it is in and loads nothing from others", async () => {
    const { html } = await mailOf(inMail("<mj-text>Halo</mj-text>"));
    expect(html).toContain('<html lang="id"');
    expect(html).not.toMatch(/fonts\.googleapis|<link|<script|@import/);
  });

  test("is split into slots whatever MJML made of it", async () => {
    const mail = await mailOf(
      inMail(
        "<mj-text>{ {{~today~}} } {{#each items~}}\n {{name}} {{~/each}}</mj-text>{{#if offer}}\n<mj-text>{{offer}}</mj-text>\n{{/if}}",
      ),
    );
    const { template, fill } = split(mail);
    const slots = fill(aView());
    const put = (part: string) => part.replace(/\{\{(s\d+)\}\}/g, (_, name) => slots[name] ?? "");
    expect({ html: put(template.html), text: put(template.text) }).toEqual(
      (({ html, text }) => ({ html, text }))(render(mail, aView())),
    );
  });
});

describe("a template that can't be sent is refused with the line at fault", () => {
  test.each([
    ["a file's include", "<mj-include path='/etc/passwd' />", 4, "mj-include is not supported"],
    ["an unknown tag", "<mj-txt>Halo</mj-txt>", 4, "mj-txt doesn't exist"],
    [
      "an unknown attribute",
      '<mj-image widdth="3" src="https://kopi.example/a.png" />',
      4,
      "widdth is illegal",
    ],
    ["a tag that is not closed", "<mj-spacer />\n<mj-text>Halo", 5, "<mj-text> is not closed"],
    ["text that MJML would drop", "<mj-spacer />\n\nHalo", 6, "text must stand in a tag"],
    [
      "an unknown variable",
      "<mj-text>\n{{customer.nicknam}}</mj-text>",
      5,
      "did you mean {{customer.nickname}}?",
    ],
    [
      "a variable of the outside in a loop",
      "{{#each items}}<mj-text>{{customer.name}}</mj-text>{{/each}}",
      4,
      "write {{../customer.name}}",
    ],
    ["an unknown helper", "<mj-text>{{upper today}}</mj-text>", 4, "{{upper}} is not known"],
    ["lookup", '<mj-text>{{lookup customer "name"}}</mj-text>', 4, "{{lookup}} is not known"],
    ["log", "<mj-text>{{log today}}</mj-text>", 4, "{{log}} is not known"],
    ["a way to the prototype", "<mj-text>{{customer.constructor}}</mj-text>", 4, "is not known"],
    ["a partial", "<mj-text>{{> footer}}</mj-text>", 4, "partials"],
    ["a decorator", '<mj-text>{{#*inline "x"}}{{/inline}}</mj-text>', 4, "decorators"],
    ["a raw block", "<mj-text>{{{{raw}}}}{{today}}{{{{/raw}}}}</mj-text>", 4, "{{#raw}} is not known"],
    ["output that is not escaped", "<mj-text>{{{offer}}}</mj-text>", 4, "unescaped output"],
    ["the same with &", "<mj-text>{{&offer}}</mj-text>", 4, "unescaped output"],
    ["braces as text", "<mj-text>\\{{offer}}</mj-text>", 4, "{{ can't be written as plain text"],
    ["a block left open", "<mj-text>{{#if offer}}Halo</mj-text>", 7, "is not closed"],
    [
      "a block closed by another",
      "<mj-text>{{#if offer}}Halo{{/each}}</mj-text>",
      4,
      "if doesn't match each",
    ],
    [
      "three nested loops",
      "<mj-text>{{#each items}}{{#each ../items}}{{#each ../../items}}x{{/each}}{{/each}}{{/each}}</mj-text>",
      4,
      "nested 2 deep",
    ],
    ["a list printed", "<mj-text>{{items}}</mj-text>", 4, "write {{#each items}}"],
    [
      "a number printed, which Handlebars would add up",
      "<mj-text>{{items.length}}</mj-text>",
      4,
      "write {{itemCount}}",
    ],
    ["a script", "<mj-text>\n<script>alert(1)</script></mj-text>", 5, "<script> is not supported"],
    ["an event handler", '<mj-text><p onclick="x()">Halo</p></mj-text>', 4, "scripts are not supported"],
    [
      "a link that a customer's name begins",
      '<mj-text><a href="{{customer.name}}">x</a></mj-text>',
      4,
      "must be a complete address",
    ],
    [
      "a link that runs",
      '<mj-text><a href="javascript:x()">x</a></mj-text>',
      4,
      "must be a complete address",
    ],
    [
      "an expression without quotes",
      "<mj-text><a href={{links.unsubscribe}}>x</a></mj-text>",
      4,
      "needs quotes",
    ],
    ["an expression in a tag", "<mj-text><p {{offer}}>x</p></mj-text>", 4, "must stand in text"],
    [
      "a name in a style",
      '<mj-text><p style="color:{{customer.name}}">x</p></mj-text>',
      4,
      "can stand in a style",
    ],
    [
      "an expression where MJML reckons",
      '<mj-image width="{{offer}}" src="https://kopi.example/a.png" />',
      4,
      "can't hold {{…}}",
    ],
  ])("%s", async (_, content, line, message) => {
    const problems = await problemsOf(inMail(content));
    expect(problems[0]).toMatchObject({ field: "translations.id.mjml", line });
    expect(problems.map(({ message }) => message).join("\n")).toContain(message);
  });

  test("something else than MJML", async () => {
    expect((await problemsOf("<p>Halo</p>"))[0]?.message).toBe("must begin with <mjml>, not <p>");
    expect((await problemsOf("")).map(({ message }) => message)).toContain("has no <mj-body>");
  });

  test("a subject of two lines, an empty or a wrong one", async () => {
    const body = inMail("<mj-text>Halo</mj-text>");
    const field = "translations.id.subject";
    expect(await problemsOf(body, { subject: "a\nb" })).toEqual([{ field, message: "must be one line" }]);
    expect(await problemsOf(body, { subject: " " })).toEqual([{ field, message: "must not be empty" }]);
    expect(await problemsOf(body, { subject: "{{nama}}" })).toMatchObject([{ field, line: 1 }]);
  });

  test("a mail so long that Gmail would clip it, and a source beyond 200 KB", async () => {
    const long = `<mj-text>${"Halo ".repeat(18_000)}</mj-text>`;
    expect((await problemsOf(inMail(long)))[0]?.message).toContain("Gmail clips mails");
    expect((await problemsOf(inMail(`<mj-text>${"a".repeat(200_000)}</mj-text>`)))[0]?.message).toContain(
      "must be at most 200000 bytes",
    );
  });

  test("comments that hold lines or expressions do not move the line", async () => {
    const problems = await problemsOf(
      inMail(
        "{{! dua\nbaris }}<!-- tiga\nbaris {{today}}\n--><mj-text>{{default today\n 'x'}}</mj-text>\n<mj-spacer hight='3px' />",
      ),
    );
    expect(problems).toMatchObject([{ line: 9, message: expect.stringContaining("hight is illegal") }]);
  });

  test("markup made to be slow is read in no time", async () => {
    for (const attack of ["<style>", '<a href="', "<div>", "{{#if offer}}", "<!--[if", "<", "</mj-text"]) {
      const begun = performance.now();
      await problemsOf(inMail(`<mj-text>${attack.repeat(190_000 / attack.length)}`));
      expect(performance.now() - begun).toBeLessThan(3000);
    }
  });
});
