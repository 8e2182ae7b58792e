import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { BusinessId, CustomerId, newId, RunId, runIdOf, SignUpId } from "../core/ids.ts";
import {
  isRecent,
  keyIdOf,
  type Link,
  type LinkKey,
  type LinkKind,
  linkKinds,
  linkTo,
  read,
  readConfirmation,
  readDataLink,
  sign,
  signConfirmation,
  signDataLink,
  urlsOf,
  wasMailedTo,
} from "../core/links.ts";
import { derive, keys, newerKeys } from "../core/secrets.ts";
import { useKeys } from "./support/keys.ts";

const { linkKeys, adminKey } = derive({ root: "r".repeat(64), previousRoots: ["p".repeat(64)] });
const [current, previous] = linkKeys as readonly [LinkKey, LinkKey];

const link: Link = {
  business: BusinessId.parse("biz_23456789bcdfghjk"),
  customer: CustomerId.parse("cus_mnpqrstvwxyz2345"),
  run: RunId.parse("run_6789bcdfghjkmnpq_tiowk0"),
  address: "Zm9vYmFyYmE",
  day: 20_781,
};

const idCharacters = fc.string({
  unit: fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz0123456789_-"),
  minLength: 1,
  maxLength: 48,
});
const anyLink = fc.record(
  {
    business: idCharacters.map((text) => BusinessId.parse(`biz_${text}`)),
    customer: idCharacters.map((text) => CustomerId.parse(`cus_${text}`)),
    run: idCharacters.map((text) => RunId.parse(`run_${text}`)),
    address: fc
      .uint8Array({ minLength: 8, maxLength: 8 })
      .map((bytes) => Buffer.from(bytes).toString("base64url")),
    day: fc.nat({ max: 100_000 }),
  },
  // Mail that no run sent, such as an answer to a sign-up, has links too.
  { requiredKeys: ["business", "customer", "address", "day"] },
);
const anySignUp = idCharacters.map((text) => SignUpId.parse(`sup_${text}`));
const anyKind = fc.constantFrom<LinkKind>("unsubscribe", "preferences", "rating");

describe("tokens of links", () => {
  test("what was signed is read back, whatever the ids, and fits into a URL as it is", () => {
    fc.assert(
      fc.property(anyKind, anyLink, (kind, link) => {
        const token = sign(current, kind, link);
        expect(read(linkKeys, kind, token)).toEqual(link);
        expect(encodeURIComponent(token)).toBe(token);
      }),
    );
  });

  test("a token that differs in one character, anywhere, is refused", () => {
    const place = fc.nat();
    const character = fc.constantFrom(..."abcxyzABCXYZ0123456789._-~=%/ \u0000é");
    fc.assert(
      fc.property(anyKind, anyLink, place, character, (kind, link, at, other) => {
        const token = sign(current, kind, link);
        const index = at % token.length;
        const changed = token.slice(0, index) + other + token.slice(index + 1);
        fc.pre(changed !== token);
        expect(read(linkKeys, kind, changed)).toBeUndefined();
      }),
      { numRuns: 1000 },
    );
  });

  test("every character of the signature counts, down to the bits that base64 leaves unused", () => {
    const token = sign(current, "unsubscribe", link);
    for (const last of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") {
      const changed = token.slice(0, -1) + last;
      if (changed !== token) expect(read(linkKeys, "unsubscribe", changed)).toBeUndefined();
    }
  });

  test("a token that is cut short or has something added is refused", () => {
    const token = sign(current, "preferences", link);
    for (let end = 0; end < token.length; end++) {
      expect(read(linkKeys, "preferences", token.slice(0, end))).toBeUndefined();
    }
    for (const more of [".", "=", "A", "/", " ", ".x"]) {
      expect(read(linkKeys, "preferences", token + more)).toBeUndefined();
      expect(read(linkKeys, "preferences", more + token)).toBeUndefined();
    }
  });

  test("a token is good for its own kind only, a sign-up's among them", () => {
    const kinds = Object.keys(linkKinds) as LinkKind[];
    fc.assert(
      fc.property(anyLink, anySignUp, (link, signUp) => {
        const confirmation = signConfirmation(current, { business: link.business, signUp });
        for (const kind of kinds) {
          const token = sign(current, kind, link);
          for (const other of kinds) {
            expect(read(linkKeys, other, token)).toEqual(other === kind ? link : undefined);
          }
          expect(readConfirmation(linkKeys, token)).toBeUndefined();
          expect(read(linkKeys, kind, confirmation)).toBeUndefined();
        }
        expect(readConfirmation(linkKeys, confirmation)).toEqual({ business: link.business, signUp });
      }),
    );
  });

  test("the token of a sign-up that differs in one character, anywhere, is refused", () => {
    const character = fc.constantFrom(..."abcxyzABCXYZ0123456789._-~=%/ \u0000é");
    fc.assert(
      fc.property(anyLink, anySignUp, fc.nat(), character, ({ business }, signUp, at, other) => {
        const token = signConfirmation(previous, { business, signUp });
        const index = at % token.length;
        const changed = token.slice(0, index) + other + token.slice(index + 1);
        fc.pre(changed !== token);
        expect(readConfirmation(linkKeys, changed)).toBeUndefined();
        expect(readConfirmation([current], token)).toBeUndefined();
      }),
    );
  });

  test("a link to data differs in kind from every other, and from those to other data", () => {
    const until = fc.nat({ max: 4_000_000_000 });
    fc.assert(
      fc.property(anyLink, until, ({ business, customer, address }, expiresAt) => {
        const link = { business, customer, address, expiresAt };
        for (const kind of ["export", "erasure"] as const) {
          const token = signDataLink(current, kind, link);
          expect(readDataLink(linkKeys, kind, token)).toEqual(link);
          expect(readDataLink(linkKeys, kind === "export" ? "erasure" : "export", token)).toBeUndefined();
          for (const other of Object.keys(linkKinds) as LinkKind[]) {
            expect(read(linkKeys, other, token)).toBeUndefined();
            expect(readDataLink(linkKeys, kind, sign(current, other, { ...link, day: 1 }))).toBeUndefined();
          }
          expect(readConfirmation(linkKeys, token)).toBeUndefined();
        }
      }),
    );
  });

  test("a link to data that differs in one character, its end among them, is refused", () => {
    const character = fc.constantFrom(..."abcxyzABCXYZ0123456789._-~=%/ \u0000é");
    fc.assert(
      fc.property(anyLink, fc.nat(), character, ({ business, customer, address }, at, other) => {
        const token = signDataLink(current, "export", {
          business,
          customer,
          address,
          expiresAt: 1_795_485_600,
        });
        const index = at % token.length;
        const changed = token.slice(0, index) + other + token.slice(index + 1);
        fc.pre(changed !== token);
        expect(readDataLink(linkKeys, "export", changed)).toBeUndefined();
      }),
    );
  });

  test("a link is bound to the address that it was mailed to, which it does not tell without the key", () => {
    const email = fc.emailAddress().map((address) => address.toLowerCase());
    fc.assert(
      fc.property(anyLink, email, email, ({ business, customer }, one, other) => {
        fc.pre(one !== other);
        const made = linkTo(current, { business, customer, email: one, at: "2026-11-24T02:00:00.000Z" });
        const read = readBack(made);
        expect(wasMailedTo(current, read, one)).toBe(true);
        expect(wasMailedTo(current, read, other)).toBe(false);
        expect(wasMailedTo(previous, read, one)).toBe(false);
        expect(wasMailedTo(current, { ...read, business: BusinessId.parse("biz_other") }, one)).toBe(
          business === "biz_other",
        );
      }),
    );
  });
  const readBack = (link: Link): Link => {
    const back = read(linkKeys, "preferences", sign(current, "preferences", link));
    if (!back) throw new Error("The link was not read");
    return back;
  };

  test("a link is recent for ninety days of UTC after its own", () => {
    const made = linkTo(current, { ...link, email: "ani@example.com", at: "2026-11-24T23:59:59.999Z" });
    expect(isRecent(made, "2026-11-24T00:00:00.000Z")).toBe(true);
    expect(isRecent(made, "2027-02-22T23:59:59.999Z")).toBe(true);
    expect(isRecent(made, "2027-02-23T00:00:00.000Z")).toBe(false);
  });

  test("a token of one business can't be made one of another's by changing what it says", () => {
    fc.assert(
      fc.property(anyKind, anyLink, anyLink, (kind, one, other) => {
        fc.pre(one.business !== other.business);
        const [id, , ...rest] = sign(current, kind, one).split(".");
        const moved = [id, other.business.slice("biz_".length), ...rest].join(".");
        expect(read(linkKeys, kind, moved)).toBeUndefined();
      }),
    );
  });

  test("parts of two good tokens can't be put together to a third", () => {
    fc.assert(
      fc.property(anyLink, anyLink, fc.integer({ min: 1, max: 63 }), (one, other, mask) => {
        const parts = sign(current, "unsubscribe", one).split(".");
        const foreign = sign(current, "unsubscribe", other).split(".");
        const mixed = parts
          .map((part, at) => ((mask >> (at - 1)) & 1 && at > 0 ? foreign[at] : part))
          .join(".");
        const whole = [parts.join("."), foreign.join(".")];
        fc.pre(!whole.includes(mixed));
        expect(read(linkKeys, "unsubscribe", mixed)).toBeUndefined();
      }),
    );
  });

  test("anything at all that was not signed is refused without an error", () => {
    fc.assert(
      fc.property(anyKind, fc.array(fc.string(), { maxLength: 7 }), (kind, parts) => {
        expect(read(linkKeys, kind, parts.join("."))).toBeUndefined();
        expect(read(linkKeys, kind, [current.id, ...parts].join("."))).toBeUndefined();
      }),
    );
  });

  test("links made before a rotation stay good, and new ones are made with the new key", () => {
    expect(read(linkKeys, "unsubscribe", sign(previous, "unsubscribe", link))).toEqual(link);
    expect(read([current], "unsubscribe", sign(previous, "unsubscribe", link))).toBeUndefined();
    expect(keyIdOf(sign(current, "unsubscribe", link))).toBe(current.id);
    expect(current.id).not.toBe(previous.id);
  });

  test("a mail's links are short, name nobody, and stand under the public address", () => {
    vi.stubEnv("PUBLIC_URL", "https://mail.kopisenja.example/");
    const run = runIdOf("cam_6789bcdfghjkmnpq", "2026-11-24T02:00:00.000Z");
    const email = "ani.lestari@example.com";
    const at = "2026-11-24T02:00:00.000Z";
    const urls = urlsOf(current, { business: newId("biz"), customer: newId("cus"), run, email, at });
    expect(urls.unsubscribe).not.toMatch(/ani|lestari|example\.com/);
    expect(urls.unsubscribe).toMatch(/^https:\/\/mail\.kopisenja\.example\/u\/[\w.-]+$/);
    expect(urls.preferences).toMatch(/^https:\/\/mail\.kopisenja\.example\/p\/[\w.-]+$/);
    expect(urls.unsubscribe.length).toBeLessThan(140);
  });
});

describe("keys", () => {
  const secret = useKeys({ root: "r".repeat(64) });
  afterEach(() => secret.failing(false));
  const start = Date.parse("2026-11-24T02:00:00.000Z");

  test("all keys follow from the root, and differ from each other and from those of other roots", () => {
    expect(derive({ root: "r".repeat(64) })).toMatchObject({ adminKey, linkKeys: [current] });
    expect(adminKey).toMatch(/^sapa_admin_[\w-]{32}$/);
    expect(derive({ root: "s".repeat(64) }).adminKey).not.toBe(adminKey);
    expect(current.key).toHaveLength(32);
    expect(adminKey).not.toContain(current.key.toString("base64url").slice(0, 20));
  });

  test("the secret is read once, a failure aside, and again at most once a minute when a newer key turns up", async () => {
    secret.failing(true);
    await expect(keys()).rejects.toThrow();
    secret.failing(false);
    const failed = secret.reads();

    expect((await keys()).linkKeys).toHaveLength(1);
    await Promise.all([keys(), keys()]);
    expect(secret.reads()).toBe(failed + 1);

    secret.rotate({ root: "n".repeat(64), previousRoots: ["r".repeat(64)] });
    expect((await newerKeys(start)).linkKeys).toHaveLength(2);
    secret.rotate({ root: "o".repeat(64) });
    expect((await newerKeys(start + 60_000)).linkKeys).toHaveLength(2);
    expect((await newerKeys(start + 60_001)).linkKeys).toHaveLength(1);
    expect(secret.reads()).toBe(failed + 3);
  });

  test("while the secret can't be read again, the keys that are known stay good", async () => {
    await keys();
    secret.failing(true);
    expect((await newerKeys(start + 600_000)).linkKeys).toHaveLength(1);
    expect((await keys()).linkKeys).toHaveLength(1);
  });
});
