import fc from "fast-check";
import { type Around, hidingStyles, ownFooter } from "./tricks.ts";

const properties =
  `display visibility opacity position top left right bottom inset float clear clip clip-path z-index overflow overflow-x
  overflow-y width max-width min-width height max-height min-height margin margin-left margin-top margin-bottom padding
  padding-left padding-top color background background-color background-image background-clip font font-size font-family
  line-height letter-spacing word-spacing text-indent text-align text-transform text-shadow box-shadow outline
  outline-offset border border-radius white-space word-break vertical-align direction unicode-bidi writing-mode transform
  translate rotate scale zoom filter mask mix-blend-mode isolation contain content-visibility content columns
  column-width flex order grid-area align-self justify-content box-sizing table-layout border-collapse border-spacing
  empty-cells caption-side list-style cursor pointer-events user-select -webkit-text-fill-color -webkit-text-stroke
  -webkit-line-clamp text-overflow text-size-adjust color-scheme animation transition all will-change perspective
  object-fit shape-outside mso-hide margin-inline-start inset-inline-start inline-size block-size`.split(
    /\s+/,
  );

const values =
  `0 1 0.5 .04 1px 6px 13px 30px 300px 5000px -1px -40px -9999px 5% 50% 100% 2em .1em -3em 100vw 1e-3px none auto block
  inline inline-block list-item flex grid contents table table-cell table-column hidden visible collapse clip scroll
  absolute relative fixed sticky static left right center justify inherit initial unset revert nowrap pre normal
  #fff #333333 #333 #44403c #f5f4f2 white black red transparent currentcolor rgba(0,0,0,.01) rgb(255,255,255)
  hsl(0,0%,100%) url(https://kopi.example/x.png) calc(1px*0) var(--x) min(0px,1px) rect(0,0,0,0) inset(50%)
  scale(0) translateX(-999px) blur(9px) opacity(0) x-small sans-serif fixed-font 0/0 12px/1 rtl bidi-override
  vertical-rl dark light multiply screen`.split(/\s+/);

const declaration = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(...hidingStyles.filter((style) => !/[{}\\]/.test(style))) },
  {
    weight: 9,
    arbitrary: fc
      .tuple(
        fc.constantFrom(...properties),
        fc.constantFrom(...values),
        fc.constantFrom("", "", "!important"),
      )
      .map(([property, value, importance]) => `${property}:${value}${importance}`),
  },
);
const style = fc.array(declaration, { minLength: 1, maxLength: 2 }).map((all) => all.join(";"));

const selector = fc.constantFrom(
  ..."*|div|p|a|td|table|tr|tbody|span|font|body|html|.foot|.foot p|.foot a|.foot div|.foot>div>p|p:first-child|a:hover|a:link|a:visited|div>p|p+p|p~p|a::after|p::before|p::first-line|div:first-letter|[style]|a[href]|body>div|div:last-child|:root|td:not(.x)|.mj-column-per-100|.box|#box|p:nth-of-type(2)|a:is(a)|body *".split(
    "|",
  ),
);
const media = fc.constantFrom(
  "",
  "",
  "",
  "@media (max-width:400px)",
  "@media screen and (min-width:500px)",
  "@media (prefers-color-scheme:dark)",
  "@media (prefers-color-scheme:light)",
  "@media not all and (width:1px)",
  "@supports (display:block)",
);
const rule = fc
  .tuple(media, selector, style)
  .map(([around, about, what]) => (around ? `${around}{${about}{${what}}}` : `${about}{${what}}`));

const tags: readonly [string, string][] = [
  ["<div S>", "</div>"],
  ['<div class="box" id="box" S>', "</div>"],
  ["<span S>", "</span>"],
  ["<b S>", "</b>"],
  ["<center S>", "</center>"],
  ["<h1 S>", "</h1>"],
  ["<small S>", "</small>"],
  ["<ul S><li>", "</li></ul>"],
  ["<table S><tr><td>", "</td></tr></table>"],
  ['<table width="100%"><tr><td S>', "</td></tr></table>"],
  [
    '<table><tr><td><img src="https://kopi.example/x.png" width="40" height="40"></td><td S>',
    "</td></tr></table>",
  ],
  ['<table bgcolor="#222222" S><tr><td>', "</td></tr></table>"],
  ['<font color="#eeeeee" size="1" S>', "</font>"],
  ["<details open S>", "</details>"],
  ["<p S>", ""],
  ["<blockquote S>", "</blockquote>"],
];
const wrapper = fc.tuple(fc.constantFrom(...tags), fc.option(style, { nil: undefined }));

const html = fc.array(wrapper, { maxLength: 2, size: "xsmall" }).map((wrappers) =>
  wrappers.reduce((inside, [[open, close], styles]) => {
    const styled = styles === undefined ? "" : `style="${styles}"`;
    return open.replace("S", styled) + inside + close;
  }, ownFooter),
);

const rarely = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

const beside = rarely(
  fc
    .tuple(
      style,
      fc.constantFrom("", "x", '<img src="https://kopi.example/x.png" width="600" height="500" alt="">', "█"),
    )
    .map(([styles, inside]) => `<mj-raw><div style="${styles}">${inside}</div></mj-raw>`),
);

/** Templates that do anything at all to the footer of their own, and to what is around it. */
export const anyTemplate: fc.Arbitrary<Around> = fc
  .record({ rules: fc.array(rule, { maxLength: 1 }), html, before: beside, after: beside })
  .map(({ rules, html, before, after }) => ({
    html,
    ...(rules.length > 0 && { head: `<mj-style>${rules.join("\n")}</mj-style>` }),
    ...(before && { before }),
    ...(after && { after }),
  }));
