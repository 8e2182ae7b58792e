/** A footer of an owner's own with all that every mail must carry, as HTML; none of its words are those of Sapa's. */
export const ownFooter = `<p>{{because}}</p><p>{{business.postalAddress}}</p><p><a href="{{links.preferences}}">Pilih sendiri</a> <a href="{{links.unsubscribe}}">Keluar</a></p>`;

/** What is around an owner's footer. */
export type Around = {
  /** Before mj-head. */
  start?: string;
  /** Of mj-head. */
  head?: string;
  /** MJML before and after the section that holds the footer. */
  before?: string;
  after?: string;
  /** HTML of the footer's text. */
  html?: string;
  /** The footer's MJML, instead of a section with that text. */
  mjml?: string;
};

export const mjmlWith = ({
  start = "",
  head = "",
  before = "",
  after = "",
  html = ownFooter,
  mjml,
}: Around): string =>
  `<mjml>${start}<mj-head>${head}</mj-head><mj-body><mj-section><mj-column><mj-text>Halo, {{customer.nickname}}!</mj-text></mj-column></mj-section>${before}${
    mjml ??
    `<mj-section><mj-column><mj-text css-class="foot" color="#333333">${html}</mj-text></mj-column></mj-section>`
  }${after}</mj-body></mjml>`;

const wrapped = (style: string): Around => ({ html: `<div style="${style}">${ownFooter}</div>` });
const styled = (css: string): Around => ({ head: `<mj-style>${css}</mj-style>` });
const tagged = (open: string, close: string): Around => ({ html: `${open}${ownFooter}${close}` });
const raw = (before: string, after = ""): Around => ({
  before: `<mj-raw>${before}</mj-raw>`,
  ...(after && { after: `<mj-raw>${after}</mj-raw>` }),
});

/** Styles that hide or deface a text, at the element itself. */
export const hidingStyles = [
  "display:none",
  "display:none!important",
  "DISPLAY : NONE",
  "visibility:hidden",
  "visibility:collapse",
  "opacity:0",
  "opacity:.05",
  "font-size:0",
  "font-size:1px",
  "font-size:.1em",
  "font:0/0 a",
  "line-height:0",
  "line-height:1px",
  "height:0;overflow:hidden",
  "max-height:0;overflow:hidden",
  "max-height:1px;overflow:hidden",
  "width:0;overflow:hidden",
  "width:1px;overflow:hidden;white-space:nowrap",
  "max-width:0;max-height:0;overflow:hidden;mso-hide:all",
  "mso-hide:all",
  "position:absolute;left:-9999px",
  "position:fixed;top:-9999px",
  "position:relative;left:-9999px",
  "position:relative;z-index:-1",
  "margin-left:-9999px",
  "margin-top:-500px",
  "text-indent:-9999px",
  "padding-left:3000px",
  "letter-spacing:-1em",
  "clip:rect(0,0,0,0);position:absolute",
  "clip-path:inset(100%)",
  "transform:scale(0)",
  "transform:translateX(-9999px)",
  "scale:0",
  "translate:-9999px 0",
  "rotate:90deg",
  "zoom:.01",
  "filter:opacity(0)",
  "mask:linear-gradient(transparent,transparent)",
  "mix-blend-mode:screen",
  "content-visibility:hidden",
  "content:url()",
  "color:#fff",
  "color:transparent",
  "color:rgba(0,0,0,0)",
  "color:hsl(0,0%,99%)",
  "-webkit-text-fill-color:transparent",
  "background:#333",
  "background-color:#3a3a3a",
  "background:linear-gradient(#333,#333)",
  "background:#000;background-clip:text;color:transparent",
  "text-shadow:0 0 9px #333,0 0 9px #333",
  "box-shadow:inset 0 0 0 999px #333",
  "writing-mode:vertical-rl;height:1px;overflow:hidden",
  "animation:x 1s",
  "all:unset;display:none",
  "columns:99;width:10px",
  "pointer-events:none",
  "unicode-bidi:bidi-override;direction:rtl",
  "d\\69splay:none",
  "display:none;}",
];

/** Ways to put such a style where the footer's text stands. */
export const waysToStyle: Record<string, (style: string) => Around> = {
  "around it": wrapped,
  "on each of its elements": (style) => ({
    html: ownFooter.replace(/<(p|a)(?= |>)/g, `<$1 style="${style}"`),
  }),
  "by a class": (style) => styled(`.foot div,.foot p,.foot a{${style}}`),
  "by a class, above all else": (style) => styled(`.foot *{${style.replace(/(;|$)/g, "!important$1")}}`),
  "by an inlined class": (style) => ({ head: `<mj-style inline="inline">.foot div{${style}}</mj-style>` }),
  "on phones": (style) =>
    styled(`@media (max-width:480px){.foot div{${style.replace(/(;|$)/g, "!important$1")}}}`),
  "by night": (style) =>
    styled(`@media (prefers-color-scheme:dark){.foot div{${style.replace(/(;|$)/g, "!important$1")}}}`),
  "of its links": (style) => styled(`a[href*="/u/"],a:not(.x),a:nth-child(1){${style}}`),
  "of its first lines": (style) => styled(`.foot p::first-line,.foot a:first-letter{${style}}`),
  "of everything": (style) => styled(`*{${style}}`),
  "of the page": (style) => styled(`body,html,body>div{${style.replace(/(;|$)/g, "!important$1")}}`),
  "where something is supported": (style) => styled(`@supports (display:block){.foot div{${style}}}`),
};

/** Other ways by which a footer is there and is not seen, or does not do what it says. */
export const tricks: Record<string, Around> = {
  "in a comment": tagged("<!--", "-->"),
  "in a comment that browsers close late": tagged("<!-- -- >", "-->"),
  "in a comment for old browsers": tagged("<!--[if IE]>", "<![endif]-->"),
  "in a comment for Outlook": tagged("<!--[if mso]>", "<![endif]-->"),
  "hidden from Outlook": tagged("<!--[if !mso]><!-->", "<!--<![endif]-->"),
  "hidden in Outlook": tagged(
    '<!--[if mso]><div style="display:none"><![endif]-->',
    "<!--[if mso]></div><![endif]-->",
  ),
  "hidden in one Outlook": tagged(
    '<!--[if mso 15]><div style="mso-hide:all"><![endif]-->',
    "<!--[if mso 15]></div><![endif]-->",
  ),
  "in a title": tagged("<title>", "</title>"),
  "in the mail's title": { head: `<mj-title>${ownFooter.replace(/<[^>]*>/g, "")}</mj-title>`, html: "Salam" },
  "in the preview": {
    head: `<mj-preview>{{because}} {{business.postalAddress}}</mj-preview>`,
    html: "Salam",
  },
  "in a style": { html: `Salam<style>/* {{because}} */</style>` },
  "in a template": tagged("<template>", "</template>"),
  "in a shadow": tagged('<div><template shadowrootmode="open"></template>', "</div>"),
  "in a noscript": tagged("<noscript>", "</noscript>"),
  "in a textarea": tagged("<textarea>", "</textarea>"),
  "in a plaintext": tagged("<plaintext>", ""),
  "in a closed disclosure": tagged("<details><summary>Info</summary>", "</details>"),
  "in a dialog": tagged("<dialog>", "</dialog>"),
  "in a canvas": tagged("<canvas>", "</canvas>"),
  "in a video": tagged("<video>", "</video>"),
  "in a map": tagged('<map name="m">', "</map>"),
  "in a moving banner": tagged("<marquee>", "</marquee>"),
  "in a ruby text": tagged("<ruby>x<rt>", "</rt></ruby>"),
  "hidden by its attribute": tagged("<div hidden>", "</div>"),
  "in a popover": tagged("<div popover>", "</div>"),
  "in a font of its colour": tagged('<font color="white">', "</font>"),
  "in a cell of its colour": tagged('<table bgcolor="#333333"><tr><td>', "</td></tr></table>"),
  "in a cell upon a picture": tagged(
    '<table background="https://kopi.example/grey.png"><tr><td>',
    "</td></tr></table>",
  ),
  "in a cell without size": tagged(
    '<table width="0" height="0" style="table-layout:fixed"><tr><td width="0" style="overflow:hidden">',
    "</td></tr></table>",
  ),
  "in a column of its colour": tagged(
    '<table><colgroup><col style="background:#333"></colgroup><tr><td>',
    "</td></tr></table>",
  ),
  "in a float whose ground stays behind": tagged(
    '<div style="background:#000"><div style="float:left;color:#fff">',
    "</div></div>",
  ),
  "in a block in an inline ground": tagged(
    '<span style="background:#000"><div style="color:#fff">',
    "</div></span>",
  ),
  "beside a ground that is too narrow": tagged(
    '<div style="box-sizing:border-box;width:60px;padding-left:60px;background:#000;color:#fff;white-space:nowrap">',
    "</div>",
  ),
  "behind an unclosed element": { before: '<mj-raw><div style="display:none"></mj-raw>' },
  "behind an unclosed comment": raw("<!--"),
  "behind an unclosed title": raw("<title>"),
  "behind an unclosed style": raw("<style>"),
  "behind an unclosed textarea": raw("<textarea>"),
  "behind an unclosed attribute": raw('<p title="'),
  "between raw halves": raw('<div style="display:none">', "</div>"),
  "between raw halves, for some": raw(
    '{{#if offer}}<div style="display:none">{{/if}}',
    "{{#if offer}}</div>{{/if}}",
  ),
  "between raw halves, for others": raw(
    '<div style="display:none">{{#unless offer}}</div>{{/unless}}',
    "{{#if offer}}</div>{{/if}}",
  ),
  "behind a row that ends for some": tagged(
    '<table style="display:none">{{#if offer}}</table>{{/if}}<tr><td>',
    "</td></tr></table>",
  ),
  "in a condition": tagged("{{#if offer}}", "{{/if}}"),
  "in a comment for some": tagged("<!-- {{#if offer}} -->", "<!-- {{/if}} -->"),
  "in a class for some": tagged('<div class="{{#if offer}}gone{{/if}}">', "</div>"),
  "in a style for some": tagged('<div style="{{#if offer}}display:none{{/if}}">', "</div>"),
  "by a style for some": styled("{{#if offer}}.foot{display:none}{{/if}}"),
  "by a style in a rule": styled(".foot{& div{display:none}}"),
  "by a style in a layer": styled("@layer x{.foot div{display:none}}"),
  "by a style from elsewhere": styled("@import url(https://kopi.example/a.css);"),
  "by a style that browsers read on": styled("x{} } .foot div{display:none}"),
  "by a style in words that browsers read": styled(".foot div{d\\isplay:none}"),
  "by a link to a style": {
    head: '<mj-raw><link rel="stylesheet" href="https://kopi.example/a.css"></mj-raw>',
  },
  "by a font of blanks": styled("@font-face{font-family:Arial;src:url(https://kopi.example/blank.woff2)}"),
  "by an attribute set afterwards": {
    head: '<mj-html-attributes><mj-selector path=".foot div"><mj-html-attribute name="hidden">x</mj-html-attribute></mj-selector></mj-html-attributes>',
  },
  "by an address set afterwards": {
    head: '<mj-html-attributes><mj-selector path="a"><mj-html-attribute name="href">https://evil.example</mj-html-attribute></mj-selector></mj-html-attributes>',
  },
  "of links without words": { html: ownFooter.replace(/>(Pilih sendiri|Keluar)</g, "><") },
  "of links with invisible words": {
    html: ownFooter.replace(/>(Pilih sendiri|Keluar)</g, ">\u3164\u200b\u115f<"),
  },
  "of links with a picture": {
    html: ownFooter.replace(/>(Pilih sendiri|Keluar)</g, '><img src="https://kopi.example/x.png" alt="x"><'),
  },
  "of links that some can't press": tagged("<div inert>", "</div>"),
  "under a cover": {
    after:
      '<mj-raw><div style="margin-top:-400px;height:400px;background:#fff;position:relative">Salam</div></mj-raw>',
  },
  "under a fixed cover": raw(
    '<div style="position:fixed;top:0;left:0;right:0;bottom:0;background:#fff;z-index:2147483647"></div>',
  ),
  "under a picture that spills": raw(
    '<div style="height:0"><img src="data-none" width="600" height="900" style="background:#333"></div>'.replace(
      "data-none",
      "https://kopi.example/x.png",
    ),
  ),
  "under a great shadow": raw('<div style="display:inline-block;box-shadow:0 300px 0 300px #333">x</div>'),
  "under a great outline": { after: '<mj-raw><div style="outline:500px solid #fff">x</div></mj-raw>' },
  "under what a style puts there": styled(
    '.foot div::after{content:"";position:absolute;top:0;left:0;width:9999px;height:9999px;background:#fff}',
  ),
  "under what a style puts before everything": styled(
    '*::before{content:"";position:absolute;top:-5000px;left:-5000px;width:9999px;height:9999px;background:#f5f4f2}',
  ),
  "beyond the end of what scrolls": styled("body{height:300px;overflow:hidden}"),
  "beyond the end of the page": styled("html{position:fixed;height:100px;overflow:hidden}"),
  "on a page read in the old way": { start: '<mj-raw position="file-start"><p>x</p></mj-raw>' },
  "in a page that is hidden": { before: "<mj-raw><body hidden><html hidden></mj-raw>" },
  "by the words that are everywhere": styled("div{color:#f5f4f2!important}"),
};
