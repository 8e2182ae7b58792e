import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HttpsUrl, isOrigin, originOf } from "../../core/web-addresses.ts";
import { contentPolicy, type Source } from "../../functions/http/content-policy.ts";

const hostile = [
  "https://logo.example;form-action/x.png",
  "https://logo.example;form-action%20'none'/x.png",
  "https://logo.example,script-src/x.png",
  "https://logo'.example/x.png",
  "https://user:secret@logo.example/x.png",
  "https://logo.example@evil.example/x.png",
  "https://logo.example\\@evil.example/x.png",
  "https://logo.example/x.png\r\nset-cookie: a=b c",
  "https://logo.example/a b.png",
  'https://logo.example/"onload="x',
  "https://*.example/x.png",
  "https://[::1]/x.png",
  "https://127.0.0.1/x.png",
  "https://localhost/x.png",
  "https://logo_1.example/x.png",
  "http://logo.example/x.png",
  "data:image/png;base64,AAAA",
  "javascript:alert(1)",
  "//logo.example/x.png",
];

describe("an owner's web address", () => {
  test.each(hostile)("%j is refused, and is nobody's origin", (address) => {
    expect(HttpsUrl.safeParse(address).success).toBe(false);
    expect(originOf(address)).toBeUndefined();
  });

  test.each([
    ["https://logo.example/x.png", "https://logo.example"],
    ["https://img.kopi-senja.co.id:8443/a/b.png?v=1&w=2#x", "https://img.kopi-senja.co.id:8443"],
    ["https://kopi-senja.example/menü;a=b,c", "https://kopi-senja.example"],
    ["https://bücher.example/x.png", "https://xn--bcher-kva.example"],
  ])("%s is taken", (address, origin) => {
    expect(HttpsUrl.parse(address)).toBe(address);
    expect(originOf(address)).toBe(origin);
  });

  test("is kept as a browser reads it, without the line breaks that it passes over", () => {
    expect(HttpsUrl.parse(" https://logo.exam\nple/x.\tpng ")).toBe("https://logo.example/x.png");
  });

  test("of any form that is taken has an origin that can't end a directive", () => {
    const pieces = fc.constantFrom(
      ..."https:// logo evil . example ; , ' \" / \\ @ : 8443 % ? # & = * _ - [ ] \u0000 \n form-action none é".split(
        " ",
      ),
      " ",
    );
    const address = fc.oneof(
      fc.array(pieces, { maxLength: 10 }).map((parts) => `https://${parts.join("")}`),
      fc.webUrl({ validSchemes: ["https"], withQueryParameters: true }),
    );
    fc.assert(
      fc.property(address, (text) => {
        const origin = originOf(text);
        if (origin === undefined) return;
        expect(origin).toMatch(/^https:\/\/[a-z0-9.-]+(:\d+)?$/);
        expect(isOrigin(origin)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("a content security policy", () => {
  test("is built from directives and sources", () => {
    const hash = `'sha256-${"A".repeat(43)}='` as const;
    expect(
      contentPolicy({
        "default-src": "'none'",
        "style-src": hash,
        "img-src": "https://logo.example",
        "form-action": "'self'",
      }),
    ).toBe(`default-src 'none'; style-src ${hash}; img-src https://logo.example; form-action 'self'`);
    expect(contentPolicy({ "default-src": "'none'", "img-src": undefined })).toBe("default-src 'none'");
  });

  test.each([
    "https://logo.example; form-action 'none'",
    "https://logo.example;form-action",
    "https://logo.example/x.png",
    "https://logo.example 'unsafe-inline'",
    "'unsafe-inline'",
    "'sha256-AAAA'",
    "*",
    "",
    "data:",
  ])("never holds %j", (source) => {
    expect(() => contentPolicy({ "img-src": source as Source })).toThrow("img-src");
  });
});
