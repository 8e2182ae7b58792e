import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalAddress } from "../core/mail-addresses.ts";

/** The first part of an address without what is spelt in several ways; for Gmail without dots too. */
const letters = "abcdefghijklmnopqrstuvwxyz0123456789";
const word = fc.string({ unit: fc.constantFrom(...letters, "-", "_"), minLength: 1, maxLength: 20 });
const name = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join("."));
const tag = fc.string({ unit: fc.constantFrom(...letters, ".", "-", "+"), maxLength: 12 });
const domain = fc.constantFrom(
  "gmail.com",
  "example.com",
  "kopi.co.id",
  "xn--mnchen-3ya.de",
  "mail.example.com",
);
const mailbox = fc.record({ name, domain });

const asIs = (text: string) => text;
const noise = fc.record({
  upper: fc.constantFrom(asIs, (text: string) => text.toUpperCase()),
  tag: fc.option(tag, { nil: undefined }),
  dotAfter: fc.nat(),
  isOther: fc.boolean(),
  space: fc.constantFrom("", " ", "\t"),
});

const isGmail = (domain: string) => domain === "gmail.com";
/** Two mailboxes are one where they have the same name, but for dots that Gmail ignores. */
const identityOf = ({ name, domain }: { name: string; domain: string }) =>
  `${isGmail(domain) ? name.replaceAll(".", "") : name}@${domain}`;

/** Another spelling of a mailbox. */
function spelt(
  { name, domain }: { name: string; domain: string },
  how: typeof noise extends fc.Arbitrary<infer T> ? T : never,
) {
  const at = 1 + (how.dotAfter % name.length);
  const dotted = isGmail(domain) && at < name.length ? `${name.slice(0, at)}.${name.slice(at)}` : name;
  const others: Record<string, string> = { "gmail.com": "googlemail.com", "xn--mnchen-3ya.de": "münchen.de" };
  const place = how.isOther ? (others[domain] ?? `${domain}.`) : domain;
  return how.space + how.upper(`${dotted}${how.tag === undefined ? "" : `+${how.tag}`}@${place}`) + how.space;
}

test("a canonical address is its own canonical address", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.emailAddress(),
        fc.tuple(mailbox, noise).map(([one, how]) => spelt(one, how)),
      ),
      (address) => {
        const canonical = canonicalAddress(address);
        expect(canonicalAddress(canonical)).toBe(canonical);
      },
    ),
    { numRuns: 1000 },
  );
});

test("two spellings of one mailbox are equal", () => {
  fc.assert(
    fc.property(mailbox, noise, noise, (one, how, other) => {
      expect(canonicalAddress(spelt(one, how))).toBe(canonicalAddress(spelt(one, other)));
    }),
    { numRuns: 1000 },
  );
});

test("different mailboxes are different, however they are spelt", () => {
  fc.assert(
    fc.property(mailbox, mailbox, noise, noise, (one, other, how, else_) => {
      fc.pre(identityOf(one) !== identityOf(other));
      expect(canonicalAddress(spelt(one, how))).not.toBe(canonicalAddress(spelt(other, else_)));
    }),
    { numRuns: 1000 },
  );
});

test.each([
  ["Ani.Lestari@GMail.com", "anilestari@gmail.com"],
  ["ani+kopi@googlemail.com", "ani@gmail.com"],
  ["ani.lestari+a+b@example.com", "ani.lestari@example.com"],
  ["ani@MÜNCHEN.de", "ani@xn--mnchen-3ya.de"],
  ["+ani@example.com", "+ani@example.com"],
  ["ani.lestari@kantor.example.", "ani.lestari@kantor.example"],
  ["no address", "no address"],
])("%s counts as %s", (address, canonical) => {
  expect(canonicalAddress(address)).toBe(canonical);
});
