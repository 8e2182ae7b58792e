import { beforeAll, describe, test } from "vitest";
import { compile } from "../../core/mail/compile.ts";
import { render } from "../../core/mail/render.ts";
import { split } from "../../core/mail/slots.ts";
import { viewOf } from "../../core/mail/view.ts";
import { aBusiness } from "../support/shop.ts";
import { expectLinear, numbered, repeated, sized } from "./effort.ts";

const attributes = Array.from({ length: 100 }, (_, at) => `attribute_${at}`);
const sourceOf = (mjml: string) => ({ translations: { id: { subject: "Halo", mjml } } });
const compiling = (mjml: string) => compile(sourceOf(mjml), { attributes });
const mail = (content: string, head = "") =>
  `<mjml><mj-head>${head}</mj-head><mj-body><mj-section><mj-column>${content}</mj-column></mj-section></mj-body></mjml>`;
const text = (content: string) => mail(`<mj-text>${content}</mj-text>`);
const style = (css: string, content = "<p>a</p>") =>
  mail(`<mj-text>${content}</mj-text>`, `<mj-style inline="inline">${css}</mj-style>`);

beforeAll(async () => {
  // Loading MJML takes a second, once a process.
  await compiling(text("Halo"));
}, 60_000);

/** Each makes a template of about so many characters. */
const shapes: Record<string, (size: number) => string> = {
  "calls in calls": (size) => text(`{{${repeated("encode (", size)}offer`),
  "calls in calls, closed": (size) =>
    text(`{{${repeated("encode (", size)}offer${repeated(")", size / 8)}}}`),
  "many arguments": (size) => text(`{{default ${repeated("offer ", size)}}}`),
  "many named arguments": (size) => text(`{{default ${repeated("a=b ", size)}}}`),
  "a long path": (size) => text(`{{${repeated("a.", size)}a}}`),
  "a path that climbs": (size) => text(`{{${repeated("../", size)}a}}`),
  "a long unknown name": (size) => text(`{{${repeated("a", size)}}}`),
  "many unknown names": (size) => text(numbered((at) => `{{custmer.nickname${at}}}`, size)),
  "an expression without an end": (size) => text(`{{${repeated("a ", size)}`),
  "an expression behind a quote that seems closed": (size) =>
    text(`{{a "\\\\"}} ${repeated("b ", size)}" c}}`),
  "quotes with backslashes": (size) => text(`{{eq "${repeated('\\"', size)}`),
  "brackets with backslashes": (size) => text(`{{[${repeated("\\]", size)}`),
  "comments without an end": (size) => text(repeated("{{!--", size)),
  "a long comment": (size) => text(`{{!-- ${repeated("- ", size)}--}}`),
  "blocks without an end": (size) => text(repeated("{{#if offer}}", size)),
  "blocks in blocks": (size) =>
    text(repeated("{{#if offer}}", size / 2) + repeated("{{/if}}", (size / 2) * (7 / 13))),
  "ends without a block": (size) => text(repeated("{{/if}}", size)),
  "escaped expressions": (size) => text(repeated("\\{{", size)),
  "raw blocks": (size) => text(repeated("{{{{a}}}}", size)),
  "text that looks like ours": (size) => text(`qsapa${repeated("q", size)}{{offer}}`),
  "numbered text that looks like ours": (size) => text(`${numbered((at) => `qsapa${at}q`, size)}{{offer}}`),
  "line breaks": (size) => text(`${repeated("\n", size)}x{{#if offer}}y{{/if}}`),
  "line breaks, and lines": (size) => text(repeated(`${"\n".repeat(400)}x{{#if offer}}y{{/if}}`, size)),
  spaces: (size) => text(`a${repeated(" ", size)}b`),
  "spaces in spells": (size) => text(repeated(`${" ".repeat(499)}a`, size)),
  "tabs that stay": (size) => text(`<pre>${repeated(`${"\t".repeat(499)}a`, size)}</pre>`),
  "hard spaces": (size) => text(`a${repeated("\u00a0", size)}b`),
  "attributes of a tag": (size) => mail(`<mj-text ${numbered((at) => `a${at}="b" `, size)}>x</mj-text>`),
  "attributes of HTML": (size) => text(`<p ${numbered((at) => `a${at}="b" `, size)}>x</p>`),
  "attributes without a value": (size) => text(`<p ${repeated("a ", size)}>x</p>`),
  "a long attribute": (size) => mail(`<mj-text css-class="${repeated("a ", size)}">x</mj-text>`),
  "a long list of classes": (size) =>
    mail(
      `<mj-text mj-class="${repeated("a ", size)}">x</mj-text>`,
      '<mj-attributes><mj-class name="a" color="red"/></mj-attributes>',
    ),
  "a tag without an end": (size) => mail(`<mj-text ${repeated("a=", size)}`),
  "a quote without an end": (size) => mail(`<mj-text a="${repeated("'a ", size)}`),
  "elements in elements": (size) => `<mjml><mj-body>${repeated("<mj-section>", size)}</mj-body></mjml>`,
  "elements side by side": (size) => mail(repeated("<mj-text>a</mj-text>", size)),
  "elements, a line each": (size) => mail(repeated("<mj-spacer/>\n", size)),
  "HTML in HTML": (size) => text(repeated("<div>", size / 2) + repeated("</div>", size / 2)),
  "HTML side by side": (size) => text(repeated("<b>a</b>", size)),
  "ends of tags": (size) => mail(repeated("</mj-text>", size)),
  "links that are none": (size) => text(repeated('<a href="x">y</a>', size)),
  "scripts without an end": (size) => text(repeated("<script>", size)),
  "angle brackets": (size) => text(repeated("<", size)),
  "comments of HTML": (size) => mail(repeated("<!-- a -->", size)),
  "comments of HTML without an end": (size) => text(repeated("<!--", size)),
  "conditional comments": (size) => text(repeated("<!--[if mso]>", size)),
  "declarations without an end": (size) => text(repeated("<!", size)),
  "entities without an end": (size) => text(repeated("&amp", size)),
  backslashes: (size) => text(`${repeated("\\", size)}x{{offer}}`),
  braces: (size) => text(`${repeated("}{", size)}{{offer}}`),
  "text with expressions between tags": (size) =>
    `<mjml><mj-body>${repeated("{{offer}} ", size)}</mj-body></mjml>`,
  "inlined rules": (size) => style(numbered((at) => `.a${at}{color:red}`, size)),
  "inlined declarations": (size) => style(`p{${numbered((at) => `a${at}:1;`, size)}}`),
  "a long inlined selector": (size) => style(`${repeated("div ", size)}{color:red}`),
  "brackets without an end in CSS": (size) => style(repeated("a(", size)),
  "braces without an end in CSS": (size) => style(repeated("a{", size)),
  "comments without an end in CSS": (size) => style(repeated("/*", size)),
  "classes that are defined": (size) =>
    mail(
      "<mj-text>a</mj-text>",
      `<mj-attributes>${numbered((at) => `<mj-class name="c${at}" color="red"/>`, size)}</mj-attributes>`,
    ),
};

describe("a template's CPU is in proportion to its size", () => {
  test.each(sized(shapes, [2000, 40_000, 95_000]))(
    "%s, of %i characters and twice as many",
    async (...given) => {
      const [, size, make] = given;
      await expectLinear({ make, read: compiling }, size);
    },
  );
});

const times = (piece: string, count: number) => piece.repeat(count);

/** Each makes a template with as many of something as half the limit, and its double all that is allowed. */
const within: Record<string, [half: number, make: (count: number) => string]> = {
  expressions: [400, (count) => text(times("{{customer.nickname}} ", count))],
  "blocks in expressions": [
    150,
    (count) => text(times("{{#if offer}}a{{else}}b{{/if}}{{itemCount}} ", count)),
  ],
  "calls in calls": [
    20,
    (count) => text(times(`{{encode (default offer (encode "${"é".repeat(400)}"))}}`, count)),
  ],
  "paths that climb": [20, (count) => text(times(`{{${"../".repeat(140)}offer}}`, count))],
  "unknown names": [300, (count) => text(times("{{custmer.attributs.a}} ", count))],
  "unknown names of a hundred letters": [80, (count) => text(times(`{{${"attribute".repeat(11)}}} `, count))],
  "tags of HTML": [1450, (count) => text(times("<b>a</b>", count))],
  "tags of HTML that are not closed": [1450, (count) => text(times("<p>a<br>", count / 2))],
  "quotes in quotes": [
    45,
    (depth) => text(times("<blockquote>", depth) + times("a<br>\n", 1200) + times("</blockquote>", depth)),
  ],
  "lists in lists": [45, (depth) => text(times("<ul><li>a", depth) + times("</li></ul>", depth))],
  "rows of a table": [
    450,
    (count) => mail(`<mj-table>${times("<tr><td>a</td><td>b</td></tr>\n", count)}</mj-table>`),
  ],
  "tables in tables": [
    30,
    (depth) => text(`${times("<table><tr><td>", depth)}a${times("</td></tr></table>", depth)}`),
  ],
  lines: [4800, (count) => mail(`${times("<mj-spacer/>", 400)}<mj-raw>${times("a\n", count)}</mj-raw>`)],
  "blanks between blocks": [
    90,
    (count) => text(times(`${"\n".repeat(20)}${" ".repeat(400)}x{{#if offer}}y{{/if}}`, count)),
  ],
  "elements of text": [240, (count) => mail(times("<mj-text>a</mj-text>", count))],
  sections: [240, (count) => `<mjml><mj-body>${times("<mj-section></mj-section>", count)}</mj-body></mjml>`],
  columns: [
    240,
    (count) =>
      `<mjml><mj-body><mj-section>${times("<mj-column></mj-column>", count)}</mj-section></mj-body></mjml>`,
  ],
  heroes: [240, (count) => `<mjml><mj-body>${times("<mj-hero></mj-hero>", count)}</mj-body></mjml>`],
  buttons: [240, (count) => mail(times('<mj-button href="https://a.example">a</mj-button>', count))],
  pictures: [240, (count) => mail(times('<mj-image src="https://a.example/b"/>', count))],
  "social links": [
    240,
    (count) =>
      mail(
        `<mj-social>${times('<mj-social-element name="facebook">a</mj-social-element>', count)}</mj-social>`,
      ),
  ],
  "links of a menu": [
    240,
    (count) =>
      mail(
        `<mj-navbar>${times('<mj-navbar-link href="https://a.example">a</mj-navbar-link>', count)}</mj-navbar>`,
      ),
  ],
  "groups in wrappers": [
    75,
    (count) =>
      `<mjml><mj-body>${times("<mj-wrapper><mj-section><mj-column></mj-column></mj-section></mj-wrapper>", count)}</mj-body></mjml>`,
  ],
  attributes: [
    24,
    (count) =>
      mail(
        times(
          `<mj-text ${Array.from({ length: count }, (_, at) => `a${at}="b"`).join(" ")}>x</mj-text>`,
          400,
        ),
      ),
  ],
  "classes by name": [
    200,
    (count) =>
      mail(
        times(`<mj-text mj-class="${"c1 ".repeat(100)}">x</mj-text>`, count),
        `<mj-attributes>${Array.from({ length: 90 }, (_, at) => `<mj-class name="c${at}" color="red"/>`).join("")}</mj-attributes>`,
      ),
  ],
  "inlined rules for many tags": [
    35,
    (count) => style(times("p{color:red}", count), times("<p>a</p>", 1400)),
  ],
  "many inlined rules": [450, (count) => style(times("q{color:red}", count), times("<p>a</p>", 50))],
  "inlined rules for all": [30, (count) => style(times("*{color:red}", count), times("<p>a</p>", 1400))],
  "inlined selectors side by side": [
    1000,
    (count) => style(`${times("p,", count)}p{color:red}`, times("<p>a</p>", 90)),
  ],
  "inlined rules of siblings": [
    1,
    (count) => style(`${times("p ~ ", count)}p{color:red}`, times("<p>a</p>", 100)),
  ],
  "inlined rules of many siblings": [
    7,
    (count) => style(`${times("p ~ ", count)}p{color:red}`, times("<p>a</p>", 500)),
  ],
  "inlined rules in rules": [
    2,
    (count) =>
      style(`p${times(":not(:has(b", count)}${times("))", count)}{color:red}`, times("<p>a</p>", 30)),
  ],
  "inlined rules that count": [
    250,
    (count) => style("p:nth-child(2n+1){color:red}", times("<p>a</p>", count)),
  ],
  "inlined rules for what is deep": [
    48,
    (depth) => style(`${"div ".repeat(200)}p{color:red}`, times("<div>", depth) + times("</div>", depth)),
  ],
  "inlined declarations": [
    250,
    (count) =>
      style(`p{${Array.from({ length: count }, (_, at) => `a${at}:1`).join(";")}}`, times("<p>a</p>", 300)),
  ],
  "attributes by selectors": [
    100,
    (count) =>
      mail(
        `<mj-text>${times("<p>a</p>", 400)}</mj-text>`,
        `<mj-html-attributes>${times('<mj-selector path="p"><mj-html-attribute name="data-a">1</mj-html-attribute></mj-selector>', count)}</mj-html-attributes>`,
      ),
  ],
};

describe("a template that is as large as may be takes no more CPU than its size", () => {
  test.each(Object.entries(within))("%s", async (_, [half, make]) => {
    await expectLinear({ make, read: compiling }, half);
  });
});

const business = aBusiness({});
const view = viewOf({
  business,
  customer: { name: `Ani ${'"'.repeat(110)}`, attributes: {} },
  locale: "id",
  offer: "&".repeat(200),
  items: Array.from({ length: 10 }, () => ({
    name: "'".repeat(120),
    category: "a",
    price: { amount: 1, currency: "IDR" },
    description: "<".repeat(300),
  })),
  links: { unsubscribe: "https://a.example", preferences: "https://a.example", rating: "https://a.example" },
  day: "2026-11-24",
});

/** What is saved is split and rendered again and again: a saved template may hold these. */
const parts: Record<string, (size: number) => string> = {
  backslashes: (size) => `${repeated("\\", size)}x{{offer}}`,
  braces: (size) => `${repeated("{ ", size)}{{offer}}`,
  "closing braces": (size) => `{{offer}}${repeated("}", size)}{{offer}}`,
  expressions: (size) => repeated("{{customer.name}}{{offer}} ", Math.min(size, 19_000)),
  "loops in loops": (size) =>
    `{{#each items}}{{#each ../items}}${repeated("{{name}} ", Math.min(size, 4000) / 10)}{{/each}}{{/each}}`,
};

describe("putting a saved template's mail together takes CPU in proportion to its size", () => {
  test.each(sized(parts, [4000, 40_000]))("%s, of %i characters and twice as many", async (...given) => {
    const [, size, make] = given;
    const compiledOf = (size: number) => ({ subject: "a", html: make(size), text: make(size), uses: [] });
    await expectLinear(
      { make: compiledOf, read: (parts) => [split(parts).fill(view), render(parts, view)] },
      size,
    );
  });
});
