import fc from "fast-check";
import Handlebars from "handlebars";
import { describe, expect, test } from "vitest";
import type { CompiledLocale } from "../../core/mail/compiled.ts";
import { render } from "../../core/mail/render.ts";
import { type Slots, split } from "../../core/mail/slots.ts";
import { read } from "../../core/mail/syntax.ts";
import type { View } from "../../core/mail/view.ts";
import { aView } from "./sample.ts";

/** SES as its documents describe it and aws-ses-v2-local does it: Handlebars, strict and without escaping. */
function bySes(compiled: CompiledLocale, shared: Slots, personal: Slots) {
  const { template } = split(compiled);
  const data = JSON.parse(JSON.stringify({ ...shared, ...personal }));
  const put = (part: string) => Handlebars.compile(part, { noEscape: true, strict: true })(data);
  return { subject: put(template.subject), html: put(template.html), text: put(template.text) };
}

const inPieces = (compiled: CompiledLocale, view: View) => {
  const skeleton = split(compiled);
  return bySes(compiled, skeleton.fillShared(view), skeleton.fillPersonal(view));
};

const compiled = (source: string): CompiledLocale => ({
  subject: source,
  html: source,
  text: source,
  uses: [],
});

/** Text that customers and attackers write. */
const words = fc.oneof(
  fc.constantFrom(
    "",
    "Ani",
    "{{s0}}",
    "{{customer.name}}",
    "{{{x}}}",
    "$&",
    "$1",
    "\\",
    "<b>",
    'O\'Brien & "Co"',
    "Ñandú 🎂",
    "a\r\nBcc: all@example.com",
    "\u2028",
    "=`",
    "}}",
    "{",
    "__proto__",
    "0",
    " ",
  ),
  fc.string({ unit: "grapheme", maxLength: 12 }),
);

/** Links are Sapa's own: nothing in them is ever escaped. */
const address = fc.string({ unit: fc.constantFrom(..."abcXYZ0189-_.~/:"), maxLength: 12 });

const views: fc.Arbitrary<View> = fc.record({
  customer: fc.record({
    nickname: words,
    name: words,
    attributes: fc
      .dictionary(fc.constantFrom("favourite", "tier", "city", "constructor", "toString"), words)
      // As viewOf makes them.
      .map((attributes) => Object.assign(Object.create(null), attributes)),
  }),
  business: fc.record({
    name: words,
    postalAddress: words,
    websiteUrl: words,
    brandColour: words,
    brandTextColour: words,
    logoUrl: words,
  }),
  offer: words,
  itemCount: words,
  items: fc.array(
    fc.record({
      name: words,
      category: words,
      price: words,
      description: words,
      url: words,
      imageUrl: words,
    }),
    { maxLength: 3 },
  ),
  because: words,
  links: fc.record({ unsubscribe: address, preferences: address, rating: address }),
  today: words,
});

const rootPaths = fc.constantFrom(
  "customer.nickname",
  "customer.name",
  "customer.attributes.favourite",
  "customer.attributes.tier",
  "customer.attributes.constructor",
  "business.name",
  "offer",
  "today",
  "links.unsubscribe",
  "links.rating",
  "because",
  "itemCount",
  "items.0.name",
  "items.[1].price",
);
/** What is compared and not printed. */
const counts = fc.constantFrom("items.length", "items");
const places = fc.constantFrom("@index", "@first", "@last", "../itemCount");
const itemPaths = fc.constantFrom(
  "name",
  "this.price",
  "description",
  "../offer",
  "../customer.nickname",
  "./url",
);
const gap = fc.constantFrom("", " ", "\n", "\n  ", " \n", "\t", "\r\n", "\n\n");
const still = fc.oneof(
  gap,
  fc.constantFrom(
    "<p>",
    "Halo ",
    "{",
    "}",
    "\\ ",
    "{ ",
    " }",
    '<a href="',
    '">',
    "é🎉",
    "a{b}c",
    "} }",
    "$&",
  ),
);
const strip = fc.constantFrom("", "", "", "~");

/** A random template of what owners may write, trimmed and nested in any way. */
const template = fc.letrec<Record<"inRoot" | "inLoop" | "rootNode" | "loopNode", string>>((tie) => {
  const call = (paths: fc.Arbitrary<string>) =>
    fc.oneof(
      { weight: 4, arbitrary: paths },
      paths.map((path) => `default ${path} "— kosong"`),
      paths.map((path) => `encode ${path}`),
    );
  const condition = (paths: fc.Arbitrary<string>) =>
    fc.oneof(
      paths,
      fc.tuple(paths, paths).map(([a, b]) => `(eq ${a} ${b})`),
      paths.map((p) => `(eq ${p} "Ani")`),
    );
  const mustache = (paths: fc.Arbitrary<string>) =>
    fc.tuple(strip, call(paths), strip).map(([l, path, r]) => `{{${l}${path}${r}}}`);
  const block = (paths: fc.Arbitrary<string>, body: fc.Arbitrary<string>) =>
    fc
      .record({
        kind: fc.constantFrom("if", "unless"),
        s: fc.array(strip, { minLength: 8, maxLength: 8 }),
        value: condition(paths),
        elseIf: condition(paths),
        bodies: fc.tuple(body, body, body),
        shape: fc.nat(3),
      })
      .map(({ kind, s, value, elseIf, bodies: [a, b, c], shape }) => {
        const chain = shape === 3 ? `{{${s[2]}else if ${elseIf}${s[3]}}}${c}` : "";
        const rest = shape > 0 ? `${chain}{{${s[4]}else${s[5]}}}${b}` : "";
        return `{{${s[0]}#${kind} ${value}${s[1]}}}${a}${rest}{{${s[6]}/${kind}${s[7]}}}`;
      });
  const loop = (list: string, body: fc.Arbitrary<string>) =>
    fc
      .tuple(fc.array(strip, { minLength: 4, maxLength: 4 }), body, fc.boolean())
      .map(
        ([s, a, empty]) =>
          `{{${s[0]}#each ${list}${s[1]}}}${a}${empty ? "{{else}}kosong" : ""}{{${s[2]}/each${s[3]}}}`,
      );
  const comment = fc.tuple(strip, strip).map(([l, r]) => `{{${l}! sebuah catatan ${r}}}`);
  const join = (node: fc.Arbitrary<string>) =>
    fc.array(fc.oneof({ maxDepth: 4 }, still, node), { maxLength: 4 }).map((parts) => parts.join(""));
  return {
    inRoot: join(tie("rootNode")),
    inLoop: join(tie("loopNode")),
    rootNode: fc.oneof(
      { depthSize: "small", maxDepth: 4 },
      mustache(rootPaths),
      comment,
      block(fc.oneof(rootPaths, counts), tie("inRoot")),
      loop("items", tie("inLoop")),
    ),
    loopNode: fc.oneof(
      { depthSize: "small", maxDepth: 4 },
      mustache(itemPaths),
      comment,
      block(fc.oneof(itemPaths, places), tie("inLoop")),
    ),
  };
}).inRoot;

/** As a template is read when its owner, whose business has declared these attributes, saves it. */
const sound = (source: string) =>
  read(source, { attributes: ["favourite", "tier", "city", "constructor"] }).faults.length === 0;

describe("a mail sent as skeleton and slots", () => {
  test("is the mail rendered whole, byte for byte, whatever the template and the customer", () => {
    let compared = 0;
    fc.assert(
      fc.property(template, views, (source, view) => {
        fc.pre(sound(source));
        compared++;
        expect(inPieces(compiled(source), view)).toEqual(render(compiled(source), view));
      }),
      { numRuns: 600 },
    );
    expect(compared).toBeGreaterThan(300);
  });

  test("shows a customer nothing of another in the same request, whatever the template and the two", () => {
    fc.assert(
      fc.property(template, views, views, (source, first, { business, offer, today, ...own }) => {
        fc.pre(sound(source));
        const second = { ...own, business: first.business, offer: first.offer, today: first.today };
        const { fillShared, fillPersonal } = split(compiled(source));
        const mail = bySes(compiled(source), fillShared(first), fillPersonal(second));
        expect(mail).toEqual(render(compiled(source), second));
      }),
      { numRuns: 600 },
    );
  });

  test("keeps a customer called {{s0}} a customer called {{s0}}", () => {
    const view = aView({ customer: { nickname: "{{s0}} {{{s1}}} $& \\" } });
    const mail = inPieces(compiled("Halo {{customer.nickname}}, dari {{business.name}}"), view);
    expect(mail.text).toBe("Halo {{s0}} {{{s1}}} $& \\, dari Kopi Senja");
  });

  test("survives braces and backslashes that trimming leaves beside a slot", () => {
    for (const source of [
      "{ {{~today~}} }",
      "\\ {{~today}}",
      "{{today~}} }}",
      "{ {{~! c ~}} {today",
      "{{! c }}{{today}}",
      // Refused from owners, but still what Handlebars takes for plain text.
      "\\{{today}} {{today}}",
    ]) {
      expect(inPieces(compiled(source), aView())).toEqual(render(compiled(source), aView()));
    }
  });

  test("fills equal expressions of a part from one slot", () => {
    const { template, fill } = split(compiled("{{customer.name}} {{business.name}} {{customer.name}}"));
    expect(template.html).toMatch(/^\{\{(s\d)\}\} \{\{s\d\}\} \{\{\1\}\}$/);
    expect(Object.keys(fill(aView()))).toHaveLength(6);
  });

  test("carries what is the same for everyone once a run, and only the rest for each customer", () => {
    const { fillShared, fillPersonal, fill } = split(
      compiled(
        "{{business.name}}{{#if offer}}{{offer}}{{/if}}{{#if offer}}{{customer.name}}{{/if}}{{itemCount}}",
      ),
    );
    const view = aView();
    expect(Object.values(fillShared(view))).toEqual(Array(3).fill(["Kopi Senja", "Gratis satu kopi"]).flat());
    expect(Object.values(fillPersonal(view))).toEqual(Array(3).fill(["Ani Lestari", "5"]).flat());
    expect({ ...fillShared(view), ...fillPersonal(view) }).toEqual(fill(view));
  });

  test("names each customer by their own name in a list of items that they share with others", () => {
    const mail = compiled("{{#each items}}{{name}} for {{../customer.name}}; {{/each}}");
    const items = aView().items;
    const [first, second] = ["Ani", "Budi"].map((name) => {
      const view = aView({ customer: { name } });
      return inPieces(mail, { ...view, items });
    });

    expect(first?.text).toContain("for Ani;");
    expect(first?.text).not.toContain("Budi");
    expect(second?.text).toContain("for Budi;");
    expect(second?.text).not.toContain("Ani");
  });

  test("never lets a name break out of the subject into another header", () => {
    const view = {
      ...aView(),
      customer: { nickname: "Ani\r\nBcc: semua@example.com\u2028x\u0000", name: "", attributes: {} },
    };
    const one = compiled("Halo {{customer.nickname}}!");
    expect(render(one, view).subject).toBe("Halo Ani  Bcc: semua@example.com x !");
    expect(inPieces(one, view).subject).toBe(render(one, view).subject);
  });

  test("escapes what customers say of themselves in HTML, and leaves plain text plain", () => {
    const view = aView({ customer: { nickname: "<img onerror='x'>" } });
    const mail = inPieces(compiled("{{customer.nickname}}"), view);
    expect(mail.html).toBe("&lt;img onerror&#x3D;&#x27;x&#x27;&gt;");
    expect(mail.text).toBe("<img onerror='x'>");
  });
});
