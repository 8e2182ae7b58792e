import { describe, expect, test } from "vitest";
import { SapaError } from "../../core/errors.ts";
import { compile } from "../../core/mail/compile.ts";
import { render } from "../../core/mail/render.ts";
import { type Around, hidingStyles, mjmlWith, ownFooter, tricks, waysToStyle } from "../support/tricks.ts";
import { aView, links } from "./sample.ts";

/** What stands in the footer that Sapa adds, and in no other. */
const ground = "z-index:2147483647!important";

type Result = { html: string; text: string } | { problems: SapaError["problems"] };

async function compiledWith(around: Around, text?: string): Promise<Result> {
  const translation = { subject: "Halo", mjml: mjmlWith(around), ...(text !== undefined && { text }) };
  try {
    const { id } = await compile({ translations: { id: translation } });
    if (!id) throw new Error("Nothing was compiled");
    return id;
  } catch (error) {
    if (error instanceof SapaError) return { problems: error.problems };
    throw error;
  }
}

const problemsOf = (result: Result) =>
  "problems" in result ? result.problems.map(({ message }) => message).join("\n") : "";
const addedTo = (result: Result) => ("html" in result && result.html.includes(ground) ? "added" : "own");
const outcomeOf = (result: Result) => ("problems" in result ? "refused" : addedTo(result));

describe("a footer of the template's own", () => {
  test.each<[string, Around]>([
    ["as most are", {}],
    [
      "by night in other colours",
      {
        head: "<mj-style>@media (prefers-color-scheme:dark){body,body>div{background-color:#111111!important}.foot div{color:#eeeeee!important}.foot a{color:#cccccc!important}}</mj-style>",
      },
    ],
    [
      "on a ground of the business's colour",
      {
        mjml: `<mj-section background-color="{{business.brandColour}}"><mj-column><mj-text color="{{business.brandTextColour}}">${ownFooter.replace(/<a /g, '<a style="color:{{business.brandTextColour}}" ')}</mj-text></mj-column></mj-section>`,
      },
    ],
    [
      "on a dark ground",
      {
        mjml: `<mj-section background-color="#1c1917"><mj-column><mj-text color="#d6d3d1" font-size="12px">${ownFooter.replace(/<a /g, '<a style="color:#ffffff" ')}</mj-text></mj-column></mj-section>`,
      },
    ],
    [
      "in a table, with colours of old",
      {
        html: `<table width="100%" bgcolor="#eeeeee"><tr><td align="center"><font color="#333333" size="2">${ownFooter}</font></td></tr></table>`,
      },
    ],
    [
      "in a column beside another",
      {
        mjml: `<mj-section><mj-column width="50%"><mj-text>Kopi Senja</mj-text></mj-column><mj-column width="50%"><mj-text color="#333333">${ownFooter}</mj-text></mj-column></mj-section>`,
      },
    ],
    [
      "with styles that change with the width",
      {
        head: "<mj-style>a{color:#0f766e}a:hover{color:#99f6e4}p{margin:0 0 8px}@media (max-width:479px){.foot div{font-size:12px!important;padding:0 8px}}</mj-style>",
      },
    ],
    [
      "in words of other scripts",
      { html: ownFooter.replace("Pilih sendiri", "偏好").replace("Keluar", "退订") },
    ],
    [
      "with a button to leave",
      {
        html: ownFooter.replace(/<a href="\{\{links\.unsubscribe\}\}">Keluar<\/a>/, ""),
        after:
          '<mj-section><mj-column><mj-button href="{{links.unsubscribe}}">Berhenti</mj-button></mj-column></mj-section>',
      },
    ],
    [
      "beneath a picture with a link for some",
      {
        before:
          '<mj-section><mj-column>{{#if offer}}<mj-image src="https://kopi.example/a.png" href="https://kopi.example/" alt="Kopi" />{{/if}}</mj-column></mj-section>',
      },
    ],
  ])("%s serves: nothing is added", async (_, around) => {
    const result = await compiledWith(around);
    expect(problemsOf(result)).toBe("");
    expect(outcomeOf(result)).toBe("own");
  });

  test.each(Object.entries(tricks))("%s does not serve", async (_, around) => {
    expect(outcomeOf(await compiledWith(around))).not.toBe("own");
  });

  /** Ways by which a style does not reach the footer's text, whose own style is nearer; or not all of it. */
  const outOfReach: Record<string, RegExp> = {
    "by an inlined class": /^(?:font|line-height|content|color)/,
    "of the page": /^(?:font|line-height|color)/,
    "where something is supported": /^(?:font|line-height|color)/,
  };
  test.each(Object.entries(waysToStyle))(
    "with a style that hides it %s does not serve",
    async (way, styled) => {
      const serving: string[] = [];
      for (const style of hidingStyles) {
        const outcome = outcomeOf(await compiledWith(styled(style)));
        if (outcome === "own" && !outOfReach[way]?.test(style)) serving.push(style);
      }
      expect(serving).toEqual([]);
    },
    120_000,
  );
});

describe("the footer that Sapa adds", () => {
  test("holds what is missing and no more, on a ground of its own", async () => {
    const html = '<p>{{because}}</p><a href="{{links.preferences}}">Pilih sendiri</a>';
    const result = await compiledWith({ html });
    if (!("html" in result)) throw new Error(problemsOf(result));
    const [, added = ""] = result.html.split(ground);
    expect(added).toContain("{{business.postalAddress}}");
    expect(added).toContain("{{links.unsubscribe}}");
    expect(added).not.toMatch(/because|preferences/);
    const mail = render({ subject: "", uses: [], ...result }, aView());
    for (const address of [links.preferences, links.unsubscribe]) {
      expect(mail.text.split(address)).toHaveLength(2);
    }
  });

  test("stands at the end of the mail's body, wherever the words </mj-body> are written besides", async () => {
    const mjml = mjmlWith({ html: "Halo" }).replace("</mjml>", "<!-- </mj-body> --></mjml>");
    const { id } = await compile({ translations: { id: { subject: "Halo", mjml } } });
    expect(id?.html).toContain(ground);
  });

  test.each([
    ["a style of the whole mail", "body{\n\n\ndisplay:none}", "display: none of <body>", 4],
    ["a window that can't be scrolled", "\nbody{height:300px;overflow:hidden}", "height: 300px of <body>", 2],
    [
      "what a style puts over everything",
      "\n*::after{content:'';position:fixed;top:0}",
      "position: fixed beside <html>",
      2,
    ],
  ])(
    "where %s hides even that, the template is refused, with the reason and its line",
    async (_, css, reason, line) => {
      const result = await compiledWith({ head: `<mj-style>${css}</mj-style>`, html: "Halo" });
      expect("problems" in result && result.problems[0]).toEqual({
        field: "translations.id.mjml",
        message: `{{because}}, which every mail must show, can't be seen by every reader: ${reason}`,
        line,
      });
    },
  );

  test("where something before it swallows it, the template is refused", async () => {
    for (const unclosed of ['<div style="display:none">', "<title>"]) {
      expect(
        problemsOf(await compiledWith({ html: "Halo", before: `<mj-raw>${unclosed}</mj-raw>` })),
      ).toMatch(/^\{\{because\}\}, which every mail must show, can't be seen|^<title> is not closed/);
    }
  });
});

describe("a customer's own links", () => {
  test.each([
    ["as the beginning of another host", '<a href="https://{{links.unsubscribe}}.evil.example">x</a>'],
    ["as the beginning of a host without a scheme", '<a href="{{links.unsubscribe}}.evil.example">x</a>'],
    ["in the query of another host", '<a href="https://evil.example/?u={{links.unsubscribe}}">x</a>'],
    [
      "encoded, in the query of another host",
      '<a href="https://evil.example/?u={{encode links.unsubscribe}}">x</a>',
    ],
    [
      "as a default, in the query of another host",
      '<a href="https://evil.example/?u={{default offer links.rating}}">x</a>',
    ],
    ["written with a slash", '<a href="https://evil.example/?u={{links/unsubscribe}}">x</a>'],
    ["written in brackets", '<a href="https://evil.example/?u={{[links].[unsubscribe]}}">x</a>'],
    ["written from the top", '<a href="https://evil.example/?u={{./links.unsubscribe}}">x</a>'],
    ["with a query of its own", '<a href="{{links.unsubscribe}}?confirm=yes">x</a>'],
    ["as a picture", '<img src="{{links.unsubscribe}}" alt="">'],
    ["in a picture's address", '<img src="https://evil.example/{{links.rating}}.png" alt="">'],
    ["in a set of pictures", '<img src="https://kopi.example/x.png" srcset="{{links.rating}} 2x" alt="">'],
    ["as a table's ground", '<table background="{{links.preferences}}"><tr><td>x</td></tr></table>'],
    ["as a cite", '<blockquote cite="{{links.preferences}}">x</blockquote>'],
    ["as a ping", '<a href="https://kopi.example/" ping="{{links.preferences}}">x</a>'],
    ["as a text", "<p>{{links.unsubscribe}}</p>"],
    ["as a part of a text", "<p>https://{{links.unsubscribe}}.evil.example</p>"],
    ["as an alternative text", '<img src="https://kopi.example/x.png" alt="{{links.unsubscribe}}">'],
    ["in a title", '<p title="{{links.unsubscribe}}">x</p>'],
    [
      "as one of two addresses",
      '<a href="{{#if offer}}{{links.unsubscribe}}{{else}}https://kopi.example/{{/if}}">x</a>',
    ],
    ["in an attribute that is none", '<p data-leave="{{links.unsubscribe}}">x</p>'],
  ])("%s are refused", async (_, html) => {
    expect(problemsOf(await compiledWith({ html: `${ownFooter}\n${html}` }))).toMatch(
      /can only be the whole address of a link|can't be a part of the host/,
    );
  });

  test("are refused in what Outlook alone reads, too", async () => {
    const html = `${ownFooter}<!--[if mso]><img src="{{links.unsubscribe}}" alt=""><![endif]-->`;
    expect(problemsOf(await compiledWith({ html }))).toContain("can only be the whole address of a link");
  });

  test("may be the whole address of any link, of buttons, and of Outlook's shapes", async () => {
    const after =
      '<mj-section><mj-column><mj-button href="{{links.rating}}">Beri nilai</mj-button><mj-image href=" {{links.preferences}} " src="https://kopi.example/x.png" alt="x" /><mj-raw><!--[if mso]><v:roundrect href="{{links.rating}}">x</v:roundrect><![endif]--></mj-raw></mj-column></mj-section>';
    expect(problemsOf(await compiledWith({ after }))).toBe("");
  });

  test("are refused in a subject", async () => {
    const translation = { subject: "Keluar: {{links.unsubscribe}}", mjml: mjmlWith({}) };
    await expect(compile({ translations: { id: translation } })).rejects.toMatchObject({
      problems: [{ field: "translations.id.subject" }],
    });
  });

  test("stand by themselves in plain text, which gets what is missing", async () => {
    const whole =
      "Atur ({{links.preferences}}), keluar: <{{links.unsubscribe}}>\n{{because}}\n{{business.postalAddress}}";
    expect(await compiledWith({}, whole)).toMatchObject({ text: whole });
    for (const broken of [
      "https://{{links.unsubscribe}}.evil.example",
      "{{links.unsubscribe}}.evil.example",
      "{{links.unsubscribe}}@evil.example",
      "https://evil.example/?u={{links.unsubscribe}}",
      "Keluar{{links.unsubscribe}}",
      "x {{encode links.unsubscribe}} x",
    ]) {
      expect(problemsOf(await compiledWith({}, broken)), broken).toContain("must stand by itself");
    }
    const hidden = await compiledWith({}, "Halo {{#if offer}}{{links.unsubscribe}}{{/if}}");
    expect("text" in hidden && hidden.text).toContain("Berhenti berlangganan: {{links.unsubscribe}}");
  });
});

describe("what customers say of themselves", () => {
  test.each([
    ['<a href="https://{{customer.name}}/">x</a>', "can't be a part of the host"],
    ['<a href="https://kopi.example{{customer.attributes.city}}">x</a>', "can't be a part of the host"],
    ['<a href="{{business.websiteUrl}}{{customer.name}}">x</a>', "can't be a part of the host"],
    [
      '<a href="{{#if offer}}https://kopi.example/{{/if}}{{customer.name}}">x</a>',
      "must be a complete address",
    ],
    ['<a href="mailto:{{customer.attributes.to}}">x</a>', "can't be a part of the host"],
    ['<img src="https://{{encode customer.name}}.example/x.png" alt="">', "can't be a part of the host"],
  ])("chooses no host: %s", async (html, message) => {
    expect(problemsOf(await compiledWith({ html: ownFooter + html }))).toContain(message);
  });

  test.each([
    '<a href="https://kopi.example/?n={{encode customer.name}}">x</a>',
    '<a href="{{business.websiteUrl}}?n={{encode customer.name}}">x</a>',
    '<a href="{{#if offer}}https://kopi.example/{{else}}https://teh.example/{{/if}}{{encode customer.name}}">x</a>',
    '<a href="mailto:toko@kopi.example?subject={{encode customer.name}}">x</a>',
  ])("may stand after it: %s", async (html) => {
    expect(problemsOf(await compiledWith({ html: ownFooter + html }))).toBe("");
  });
});
