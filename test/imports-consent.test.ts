import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConsentReader, isEmptyCell, signalOf } from "../core/imports/consent-signals.ts";
import { readTitle } from "../core/imports/consent-titles.ts";
import { saidByName } from "../core/imports/file-name.ts";
import { cellsFrom } from "../core/imports/json-cells.ts";
import { type ConsentField, Meaning } from "../core/imports/mapping.ts";

const meaningIn = (field: ConsentField, text: string) =>
  new ConsentReader({ column: "Status", field }).meaning(text);

const words: [string, Meaning][] = [
  ["enabled", "subscribed"],
  ["disabled", "unsubscribed"],
  ["blocklisted", "unsubscribed"],
  ["confirmed", "subscribed"],
  ["unconfirmed", "pending"],
  ["subscribed", "subscribed"],
  ["unsubscribed", "unsubscribed"],
  ["cleaned", "bounced"],
  ["non-subscribed", "not-subscribed"],
  ["NEVER_SUBSCRIBED", "not-subscribed"],
  ["SUPPRESSED", "suppressed"],
  ["pending", "pending"],
  ["transactional", "not-subscribed"],
  ["archived", "not-subscribed"],
  ["bounced", "bounced"],
  ["hard bounce", "bounced"],
  ["complained", "complained"],
  ["spam", "complained"],
  ["opted-in", "subscribed"],
  ["opted out", "unsubscribed"],
  ["yes", "subscribed"],
  ["no", "unsubscribed"],
  ["true", "subscribed"],
  ["false", "unsubscribed"],
  ["1", "subscribed"],
  ["0", "unsubscribed"],
  ["ya", "subscribed"],
  ["tidak", "unsubscribed"],
  ["aktif", "subscribed"],
  ["nonaktif", "unsubscribed"],
  ["berhenti", "unsubscribed"],
  ["berhenti berlangganan", "unsubscribed"],
  ["belum dikonfirmasi", "pending"],
];

describe("the words of the common tools are understood out of the box", () => {
  test.each(words)("%s means %s", (word, meaning) => {
    expect(meaningIn("consent", word)).toBe(meaning);
  });

  test("in any case, and with any of spaces, dashes and underscores in them", () => {
    const some = fc.constantFrom(...words.filter(([word]) => /[a-z]{3}/i.test(word)));
    const between = fc.constantFrom("", " ", "-", "_", ". ");
    fc.assert(
      fc.property(some, between, fc.boolean(), ([word, meaning], joint, upper) => {
        const written = word.replace(/[ _-]/g, joint);
        expect(meaningIn("consent", upper ? written.toUpperCase() : ` ${written} `)).toBe(meaning);
      }),
    );
  });

  test("and nothing else is: what is not known is never taken for a yes, nor for a no", () => {
    const known = new Set(words.map(([word]) => word.toLowerCase().replace(/[^a-z0-9]/g, "")));
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{4,12}$/), (word) => {
        fc.pre(!known.has(word));
        const meaning = meaningIn("consent", `${word}zz`);
        expect(meaning === undefined || meaning === "nothing").toBe(true);
      }),
    );
    expect(meaningIn("consent", "t")).toBeUndefined();
    expect(meaningIn("consent", "maybe, subscribed")).toBeUndefined();
  });

  test("of several words in a cell the strictest counts", () => {
    expect(meaningIn("consent", "confirmed, unsubscribed, confirmed")).toBe("unsubscribed");
    expect(meaningIn("suppressed", '["HARD_BOUNCE", "SPAM_COMPLAINT"]')).toBe("complained");
  });
});

describe("a title tells a column's part", () => {
  test.each<[ReturnType<typeof readTitle>, string[]]>([
    [
      "consent",
      [
        "Status",
        "status",
        "Email Status",
        "Status Email",
        "subscription_status",
        "lists.subscription_status",
        "Accepts Marketing",
        "Accepts Email Marketing",
        "Email Marketing Consent",
        "Email Marketing: Status",
        "Opt-in",
        "OPT_IN",
        "Opted In",
        "Subscribed",
        "Newsletter",
        "Berlangganan",
        "Persetujuan",
        "GDPR",
        "Status (2)",
      ],
    ],
    [
      "unsubscribed",
      [
        "Unsubscribed",
        "unsubscribed_at",
        "UNSUB_TIME",
        "LEAVE_TIME",
        "Opt out",
        "doNotEmail",
        "emailBlacklisted",
        "Blocklisted",
        "Berhenti berlangganan",
      ],
    ],
    ["bounced", ["Bounced", "Hard bounce", "CLEAN_TIME"]],
    ["complained", ["Complained", "Spam complaint", "Marked as spam"]],
    ["suppressed", ["Suppressed", "Email Suppressions"]],
    ["confirmed", ["DOUBLE_OPT-IN", "Confirmed", "Email confirmed"]],
    ["consentAt", ["OPTIN_TIME", "CONFIRM_TIME", "Email Marketing Consent Timestamp", "Subscribed at"]],
    ["elsewhere", ["SMS Marketing Consent", "WhatsApp opt-in", "sms_blacklisted", "user_status"]],
    ["detail", ["UNSUB_REASON", "UNSUB_CAMPAIGN_ID", "OPTIN_IP", "Consent source", "lists.status"]],
    [
      "unclear",
      [
        "Status Pelanggan",
        "Account status",
        "Blocked",
        "Tanggal berhenti",
        "Soft bounces",
        "Is active",
        "Subscriber",
      ],
    ],
    [
      undefined,
      [
        "Email",
        "Name",
        "Marital status",
        "Status pesanan",
        "Payment status",
        "City",
        "Keluarga",
        "Marketing source",
        "Note",
      ],
    ],
  ])("%s", (part, titles) => {
    for (const title of titles) expect([title, readTitle(title)]).toEqual([title, part]);
  });
});

describe("the name of a file tells of everyone in it", () => {
  test.each([
    ["unsubscribed_members_export_1a.csv", { word: "unsubscribed", certain: true }],
    ["nonsubscribed_segment_export_1a.csv", { word: "nonsubscribed", certain: true }],
    ["cleaned_email_audience_export_1a.csv", { word: "cleaned", certain: true }],
    ["kabar-marked-as-spam.csv", { word: "marked-as-spam", certain: true }],
    ["Unsubscribes 2024.csv", { word: "unsubscribes", certain: false }],
    ["pelanggan berhenti.csv", { word: "berhenti", certain: false }],
    ["suppression-list.csv", { word: "suppression", certain: false }],
    ["subscribed_members_export_1a.csv", undefined],
    ["pelanggan.csv", undefined],
    ["spamalot-fans.csv", undefined],
    [undefined, undefined],
  ])("%s", (name, said) => {
    expect(saidByName(name)).toEqual(said);
  });
});

describe("what a row says", () => {
  const fields: ConsentField[] = [
    "consent",
    "unsubscribed",
    "bounced",
    "complained",
    "suppressed",
    "confirmed",
  ];
  const meanings = fc.constantFrom(...Meaning.options);
  const rank = ["subscribed", "pending", "not-subscribed", "unsubscribed"];

  test("is the strictest of all its columns, in whatever order they stand", () => {
    const column = fc.record({ field: fc.constantFrom(...fields), means: meanings });
    fc.assert(
      fc.property(fc.array(column, { minLength: 1, maxLength: 5 }), (columns) => {
        const readers = columns.map(
          ({ field, means }, at) =>
            new ConsentReader({ column: `c${at}`, field, values: [{ value: "v", means }] }),
        );
        const cells = cellsFrom(columns.map((_, at) => [`c${at}`, "v"] as const));
        const signal = signalOf(readers, cells, "Asia/Jakarta");
        const backwards = signalOf(readers.toReversed(), cells, "Asia/Jakarta");
        expect([backwards.consent, backwards.suppress]).toEqual([signal.consent, signal.suppress]);
        const said = new Set(columns.map(({ means }) => means));
        if (["unsubscribed", "complained", "suppressed"].some((no) => said.has(no as Meaning))) {
          expect(signal.consent).toBe("unsubscribed");
        }
        if (signal.consent === "subscribed") {
          expect([...said].every((one) => one === "subscribed" || one === "nothing")).toBe(true);
        }
        expect(rank.includes(signal.consent ?? "subscribed")).toBe(true);
        const stops = ["bounced", "complained", "suppressed"].some((one) => said.has(one as Meaning));
        expect(signal.suppress !== undefined).toBe(stops);
      }),
    );
  });

  test("with nothing in its column of consent is no yes, and no no", () => {
    const readers = [new ConsentReader({ column: "Status", field: "consent" })];
    for (const text of ["", " ", "-", "null", "N/A"]) {
      expect(isEmptyCell(text)).toBe(true);
      expect(signalOf(readers, cellsFrom([["Status", text]]), "UTC")).toEqual({ consent: "not-subscribed" });
    }
  });
});
