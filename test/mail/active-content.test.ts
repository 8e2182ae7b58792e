import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SapaError } from "../../core/errors.ts";
import { compile } from "../../core/mail/compile.ts";

/** A template whose fourth line holds the content. */
const inText = (html: string) =>
  `<mjml>\n<mj-body>\n<mj-section><mj-column><mj-text>Halo\n${html}\n</mj-text></mj-column></mj-section>\n</mj-body>\n</mjml>`;
const inRaw = (html: string) =>
  `<mjml>\n<mj-body>\n<mj-section><mj-column><mj-text>Halo</mj-text></mj-column></mj-section><mj-raw>\n${html}\n</mj-raw>\n</mj-body>\n</mjml>`;
const inHead = (head: string) =>
  `<mjml>\n<mj-head>\n\n${head}\n</mj-head>\n<mj-body><mj-section><mj-column><mj-text>Halo</mj-text></mj-column></mj-section></mj-body></mjml>`;

async function problemsOf(mjml: string): Promise<SapaError["problems"]> {
  try {
    await compile({ translations: { id: { subject: "Halo", mjml } } });
    return [];
  } catch (error) {
    if (error instanceof SapaError) return error.problems;
    throw error;
  }
}

describe("in a template's text, and raw between its sections, is refused by name and line", () => {
  test.each([
    ["a script", "<script>alert(1)</script>", "<script> is not supported"],
    [
      "a script after what only looks like an open comment",
      "<!---><script>alert(1)</script>-->",
      "<script> is not supported",
    ],
    [
      "a script after a comment that browsers have closed",
      "<!-- --!><script>alert(1)</script>-->",
      "<script> is not supported",
    ],
    [
      "a script that Outlook alone would read",
      "<!--[if mso]><script>alert(1)</script><![endif]-->",
      "<script> is not supported",
    ],
    [
      "a turn to another page",
      '<meta http-equiv="refresh" content="0;url=https://evil.example">',
      'http-equiv="refresh"',
    ],
    ["the same in capitals", '<META HTTP-EQUIV=" Refresh " CONTENT="0">', 'http-equiv="refresh"'],
    ["a cookie", '<meta http-equiv="set-cookie" content="a=b">', 'http-equiv="set-cookie"'],
    ["another base of addresses", '<base href="https://evil.example/">', "<base> is not supported"],
    ["text without end", "<plaintext>", "<plaintext> is not supported"],
    ["a form", '<form action="https://evil.example/"><p>x</p></form>', "<form> is not supported"],
    ["a field", '<input name="password">', "<input> is not supported"],
    ["a select", "<select><option>x</option></select>", "<select> is not supported"],
    ["a text field", "<textarea>x</textarea>", "<textarea> is not supported"],
    [
      "a button of a form",
      '<button formaction="https://evil.example/">x</button>',
      "<button> is not supported",
    ],
    ["a frame", '<iframe srcdoc="x"></iframe>', "<iframe> is not supported"],
    ["a frame of the future", "<fencedframe></fencedframe>", "<fencedframe> is not supported"],
    ["an object", '<object data="https://evil.example/x"></object>', "<object> is not supported"],
    ["an embedded file", '<embed src="https://evil.example/x">', "<embed> is not supported"],
    ["an applet", "<applet></applet>", "<applet> is not supported"],
    [
      "a drawing that may run",
      '<svg><a xlink:href="https://evil.example">x</a></svg>',
      "<svg> is not supported",
    ],
    ["a formula", "<math></math>", "<math> is not supported"],
    ["a template", "<template>x</template>", "<template> is not supported"],
    ["what is for programs without scripts", "<noscript>x</noscript>", "<noscript> is not supported"],
    [
      "a style from elsewhere",
      '<link rel="stylesheet" href="https://evil.example/a.css">',
      "<link> is not supported",
    ],
    ["what handles an event", '<p onmouseover="x()">x</p>', "onmouseover: scripts are not supported"],
    [
      "the same after a slash",
      '<img/onerror="x()" src="https://kopi.example/x.png" alt="">',
      "onerror: scripts are not supported",
    ],
    ["an address that runs", '<a href="javascript:x()">x</a>', "must be a complete address"],
    ["one that is written around", '<a href="java&#10;script:x()">x</a>', "javascript: can't be an address"],
    ["one of another language", '<a href="vbscript:x">x</a>', "must be a complete address"],
    ["one that is a page itself", '<a href="data:text/html,x">x</a>', "must be a complete address"],
    ["a picture that is one", '<img src="data:image/png;base64,AAAA" alt="">', "must be a complete address"],
    [
      "a set of pictures that holds one",
      '<img src="https://kopi.example/x.png" srcset="https://kopi.example/y.png 1x, data:image/png,x 2x" alt="">',
      "must be a complete address",
    ],
    ["an address without a host", '<a href="https:evil">x</a>', "must be a complete address"],
    ["a style that runs", '<p style="width:expression(alert(1))">x</p>', "scripts are not supported"],
    [
      "a style that behaves",
      '<p style="behavior:url(https://evil.example/x.htc)">x</p>',
      "scripts are not supported",
    ],
    [
      "a picture in a style that is none",
      '<p style="background:url(data:image/svg+xml,x)">x</p>',
      "a picture must be a complete address",
    ],
  ])("%s", async (_, html, message) => {
    for (const template of [inText(html), inRaw(html)]) {
      const problems = await problemsOf(template);
      expect(problems.map((problem) => problem.message).join("\n")).toContain(message);
      expect(problems.find((problem) => problem.message.includes(message))).toMatchObject({
        field: "translations.id.mjml",
        line: 4,
      });
    }
  });
});

describe("in a template's head is refused", () => {
  test.each([
    [
      "a font's style from elsewhere",
      '<mj-font name="Raleway" href="https://fonts.example/raleway" /><mj-attributes><mj-all font-family="Raleway" /></mj-attributes>',
      "<link> is not supported",
    ],
    [
      "an import",
      "<mj-style>@import url(https://evil.example/a.css);</mj-style>",
      "@import loads styles from elsewhere",
    ],
    [
      "a kind of rule that few programs know",
      "<mj-style>@layer a{p{color:red}}</mj-style>",
      "@layer is not supported",
    ],
    ["a rule in a rule", "<mj-style>.a{.b{color:red}}</mj-style>", "can't hold a rule in a rule"],
    ["an escape", "<mj-style>.a{d\\isplay:none}</mj-style>", "can't hold a backslash"],
    ["a style that can't be read", "<mj-style>.a{color:red</mj-style>", "is not CSS that can be read"],
    [
      "a script of old programs",
      "<mj-style>.a{-moz-binding:url(https://evil.example/x.xml)}</mj-style>",
      "scripts are not supported",
    ],
    [
      "a condition in a style",
      "<mj-style>{{#if offer}}.a{color:red}{{/if}}</mj-style>",
      "can't stand in a style",
    ],
    [
      "a colour in place of a selector",
      "<mj-style>{{business.brandColour}}{display:none}</mj-style>",
      "can only be a value in a style",
    ],
    [
      "what would stand before the mail's doctype",
      '</mj-head><mj-raw position="file-start">x</mj-raw><mj-head>',
      "before the mail's doctype",
    ],
    [
      "an event's handler that MJML would add",
      '<mj-html-attributes><mj-selector path="p"><mj-html-attribute name="onclick">x()</mj-html-attribute></mj-selector></mj-html-attributes>',
      "scripts are not supported",
    ],
  ])("%s", async (_, head, message) => {
    const template = inHead(head).replace("Halo", "<p>Halo</p>");
    expect((await problemsOf(template)).map((problem) => problem.message).join("\n")).toContain(message);
  });

  test("no style that mails commonly have", async () => {
    const css =
      ":root{color-scheme:light dark}a{color:{{business.brandColour}};text-decoration:none}.x::after{content:'\\2192'}@media only screen and (max-width:480px){.x{width:100%!important}}@media (prefers-color-scheme:dark){.x{background:#111}}@font-face{font-family:Kopi;src:url(https://kopi.example/kopi.woff2)}@media print{.x{display:none}}";
    expect(await problemsOf(inHead(`<mj-style>${css}</mj-style>`))).toEqual([]);
  });
});

test("a block that holds half of an element is refused, with its line", async () => {
  const problems = await problemsOf(
    inText('{{#if offer}}<a href="https://kopi.example/">{{/if}}\n<b>x</b>\n{{#if offer}}</a>{{/if}}'),
  );
  expect(problems).toMatchObject([
    { line: 4, message: expect.stringContaining("{{#if offer}} and its end must stand in the same element") },
    { line: 6, message: expect.stringContaining("around whole elements") },
  ]);
});

test("what stands between the rows of a table for some customers is in the mail of some customers only", async () => {
  for (const between of [
    '{{#if offer}}<a href="{{links.unsubscribe}}">Keluar</a>{{/if}}',
    '<a href="{{links.unsubscribe}}">{{#if offer}}Keluar{{/if}}</a>',
    "x{{#if offer}}{{because}}{{/if}}y",
  ]) {
    const { id } = await compile({
      translations: { id: { subject: "Halo", mjml: inText(`<table>${between}<tr><td>x</td></tr></table>`) } },
    });
    expect(id?.html).toContain("Berhenti berlangganan");
    expect(id?.html.split("{{because}}").length).toBe(between.includes("because") ? 3 : 2);
  }
});

test("rows of a table may come and go, and be as many as there are items", async () => {
  const html =
    "<table>{{#if offer}}<tr><td>{{offer}}</td></tr>{{/if}}{{#each items}}<tr><td>{{name}}</td>{{#if url}}<td>x</td>{{else}}<td>y</td>{{/if}}</tr>{{else}}<tr><td>-</td></tr>{{/each}}</table><ul>{{#each items}}<li>{{name}}</li>{{/each}}</ul>";
  expect(await problemsOf(inText(html))).toEqual([]);
});

test("whatever pieces of HTML an owner puts together, nothing that runs is in what browsers read", async () => {
  const piece = fc.constantFrom(
    ..."<!--|-->|--!>|<!--->|<!-->|<![CDATA[|]]>|<!|<?|?>|<script>|</script>|<SCRIPT SRC=//evil>|<script/x>|<style>|</style>|<title>|</title>|<textarea>|</textarea>|<noscript>|</noscript>|<svg>|</svg>|<img src=x onerror=alert(1)>|<p title='|<p title=\"|'>|\">|<a href=javascript:x>|</a>|<!--[if mso]>|<![endif]-->|<!--[if !mso]><!-->|<!--<![endif]-->|<iframe srcdoc=x>|</iframe>|<b>|</b>|x|<table>|</table>|<tr>|<td>|<xmp>|</xmp>|<meta http-equiv=refresh content=0>|<base href=//evil>".split(
      "|",
    ),
  );
  const { parse } = await import("parse5");
  const running = (html: string): string[] => {
    const found: string[] = [];
    const waiting: unknown[] = [parse(html, { scriptingEnabled: false })];
    for (let node = waiting.pop(); node; node = waiting.pop()) {
      const {
        childNodes = [],
        attrs = [],
        tagName = "",
      } = node as {
        childNodes?: unknown[];
        attrs?: { name: string; value: string }[];
        tagName?: string;
      };
      if (/^(?:script|iframe|svg|base|textarea|xmp)$/.test(tagName)) found.push(tagName);
      for (const { name, value } of attrs) {
        if (/^on|srcdoc/.test(name) || /^\s*javascript:/i.test(value) || value.toLowerCase() === "refresh")
          found.push(name);
      }
      waiting.push(...childNodes);
    }
    return found;
  };
  let compiled = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 6 }), fc.boolean(), async (pieces, isRaw) => {
      const mjml = (isRaw ? inRaw : inText)(pieces.join(""));
      const made = await compile({ translations: { id: { subject: "Halo", mjml } } }).catch((error) => {
        if (error instanceof SapaError) return undefined;
        throw error;
      });
      if (!made?.id) return;
      compiled++;
      expect(running(made.id.html)).toEqual([]);
    }),
    { numRuns: 150 },
  );
  expect(compiled).toBeGreaterThan(5);
}, 120_000);
