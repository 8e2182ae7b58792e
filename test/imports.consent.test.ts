import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Business } from "../core/businesses.ts";
import * as consents from "../core/consents.ts";
import * as customers from "../core/customers.ts";
import { ineligible } from "../core/eligibility.ts";
import type { SapaError } from "../core/errors.ts";
import { continueImport } from "../core/imports/continue.ts";
import { confirm, look } from "../core/sign-ups/confirm.ts";
import * as signUps from "../core/sign-ups.ts";
import * as suppressions from "../core/suppressions.ts";
import { addSeconds } from "../core/time.ts";
import { useBus } from "./support/bus.ts";
import { useDatabase } from "./support/database.ts";
import { goOn, importing, now } from "./support/imports.ts";
import { aBusiness } from "./support/shop.ts";

useDatabase();
const bus = useBus();
process.env.IMPORTS_BUCKET_NAME = "sapa-imports";

const everyone = { consent: "subscribed", legalBasis: "They signed up on our site" } as const;
const file = (...lines: string[]) => `${lines.join("\n")}\n`;
const find = (business: Business, email: string) => customers.findBy(business, { email });
const consentOf = async (business: Business, email: string) => (await find(business, email))?.consent;

const topicOf = (business: Business) => business.topics[0]?.key ?? "";
const mayBeMailed = (business: Business, customer: customers.Customer | undefined): boolean =>
  customer !== undefined &&
  ineligible(customer, { topic: topicOf(business), cap: {}, now, today: "2026-11-24" }) === undefined;

describe("a column that looks like consent and is not understood stops the import with a question", () => {
  const status = file(
    "email,Status Keanggotaan",
    "ani@example.com,lama",
    "budi@example.com,sudah keluar",
    "cici@example.com,lama",
    "dodi@example.com,",
  );

  test("which names the column, its values with how often each occurs, and what can be answered", async () => {
    const business = aBusiness();
    const done = await importing(business, status, everyone);

    expect(done).toMatchObject({ state: "question", counts: { rows: 0, created: 0 } });
    expect(done.questions).toEqual([
      {
        column: "Status Keanggotaan",
        reason: expect.stringContaining("looks like consent"),
        values: [
          { value: "lama", rows: 2 },
          { value: "sudah keluar", rows: 1 },
        ],
        otherRows: 0,
        answers: [
          "subscribed",
          "pending",
          "not-subscribed",
          "unsubscribed",
          "bounced",
          "complained",
          "suppressed",
          "nothing",
          "ignore",
        ],
      },
    ]);
    expect((await customers.list(business.id, { limit: 10 })).items).toEqual([]);
    expect(bus.events.map(({ type }) => type)).toEqual([]);
  });

  test("and is answered by what its values mean", async () => {
    const business = aBusiness();
    const { id } = await importing(business, status, everyone);
    const mapping = [
      {
        column: "status keanggotaan",
        field: "consent",
        values: [
          { value: "Lama", means: "subscribed" as const },
          { value: "sudah keluar", means: "unsubscribed" as const },
        ],
      },
    ];
    const done = await goOn(business, { id, text: status }, { mapping });

    expect(done).toMatchObject({
      state: "finished",
      counts: { rows: 4, created: 4, subscribed: 2, unsubscribed: 1, rejected: 0 },
    });
    expect(await consentOf(business, "ani@example.com")).toBe("subscribed");
    expect(await consentOf(business, "budi@example.com")).toBe("unsubscribed");
    // In a file that says who wants mail, whoever it says nothing of has not said yes.
    expect(await consentOf(business, "dodi@example.com")).toBe("pending");
    expect(bus.events.map(({ type }) => type)).toEqual(["import.due"]);
  });

  test("or by leaving the column out in so many words", async () => {
    const business = aBusiness();
    const { id } = await importing(business, status, everyone);
    const mapping = [{ column: "Status Keanggotaan", field: null }];
    const done = await goOn(business, { id, text: status }, { mapping });

    expect(done).toMatchObject({ state: "finished", counts: { created: 4, subscribed: 4 } });
    expect(done.ignoredColumns).toEqual(["Status Keanggotaan"]);
  });

  test("before it is asked, too", async () => {
    const mapping = [
      { column: "Status Keanggotaan", field: "consent", otherwise: "not-subscribed" as const },
    ];
    const done = await importing(aBusiness(), status, { ...everyone, mapping });
    expect(done).toMatchObject({ state: "finished", counts: { created: 4, subscribed: 0 } });
  });

  test("a value that was not among those answered rejects its row, and only that", async () => {
    const business = aBusiness();
    const mapping = [
      {
        column: "Status Keanggotaan",
        field: "consent",
        values: [{ value: "lama", means: "subscribed" as const }],
      },
    ];
    const done = await importing(business, status, { ...everyone, mapping });

    expect(done).toMatchObject({ state: "finished", counts: { created: 3, rejected: 1 } });
    expect(done.rejections).toEqual([
      {
        row: 3,
        effect: "row-rejected",
        field: "consent",
        reason: "is not understood: say in mapping what it means",
        value: "sudah keluar",
      },
    ]);
    expect(await find(business, "budi@example.com")).toBeUndefined();
  });

  test.each([
    ["a title that speaks of consent", "email,Newsletter preference\na@x.id,maybe\n"],
    ["one known value among many", "email,Catatan\na@x.id,unsubscribed\nb@x.id,likes tea\n"],
    ["numbers in a status", "email,status\na@x.id,1\nb@x.id,0\n"],
    ["a t, which is tidak or true", "email,subscribed\na@x.id,t\nb@x.id,f\n"],
    ["a status that is said in a tag", 'email,tags\na@x.id,vip\nb@x.id,"vip, unsubscribed"\n'],
    ["the second of two columns with one title", "email,status,status\na@x.id,active,whatever\n"],
    ["a column without a title", "email,\na@x.id,unsubscribed\nb@x.id,ok\n"],
    ["a reason without what it is the reason for", "email,unsubscribe reason\na@x.id,too many\n"],
    [
      "a reason for bounces beside a column for leaving",
      "email,Unsubscribed,Hard bounce reason\na@x.id,no,550\n",
    ],
    ["whether somebody is active", "email,Aktif\na@x.id,tidak\n"],
    ["whether somebody is a subscriber", "email,Subscriber\na@x.id,no\n"],
    ["an attribute of the business", "email,drink\na@x.id,latte\nb@x.id,unsubscribed\n"],
  ])("so does %s", async (_, text) => {
    const business = aBusiness({ attributes: { drink: "text" } });
    expect(await importing(business, text, everyone)).toMatchObject({ state: "question" });
    expect((await customers.list(business.id, { limit: 10 })).items).toEqual([]);
  });

  test("so does a file whose name says that everyone in it has left, until its owner says so too", async () => {
    const business = aBusiness();
    const text = file("email", "ani@example.com");
    const { id, questions } = await importing(business, text, {
      ...everyone,
      fileName: "unsubscribes 2024.csv",
    });

    expect(questions).toMatchObject([
      { column: "(file name)", values: [{ value: "unsubscribes", rows: 1 }] },
    ]);
    const mapping = [{ column: "(file name)", field: "consent", otherwise: "unsubscribed" as const }];
    expect(await goOn(business, { id, text }, { mapping })).toMatchObject({ counts: { unsubscribed: 1 } });
  });

  test.each([
    ["columns with nothing in them", "email,status,Blocked\na@x.id,,-\n"],
    ["statuses of something else", "email,Marital status,Status pesanan\na@x.id,married,lunas\n"],
    ["states of the world", "email,State\na@x.id,Jawa Barat\nb@x.id,CA\n"],
    ["other channels", "email,SMS consent,WhatsApp opt-in\na@x.id,revoked by phone,kadang\n"],
    ["a family", "email,Keluarga\na@x.id,4 orang\n"],
  ])("nobody is asked about %s", async (_, text) => {
    expect(await importing(aBusiness(), text, everyone)).toMatchObject({ state: "finished" });
  });

  test("in JSON Lines wherever in the file its column first comes up", async () => {
    const rows = Array.from({ length: 300 }, (_, at) => `{"email":"a${at}@x.id","k${at}":"x"}`);
    const text = file(...rows, '{"email":"late@x.id","subscription_status":"paused"}');
    const done = await importing(aBusiness(), text, { ...everyone, format: "jsonl" });
    expect(done.questions).toMatchObject([
      { column: "subscription_status", values: [{ value: "paused", rows: 1 }] },
    ]);
  });
});

describe("an import that waits for its owner", () => {
  const text = file("email,status", "ani@example.com,whatever");

  test("is gone on with once, and is woken again when that is repeated", async () => {
    const business = aBusiness();
    const { id } = await importing(business, text, everyone);
    const choices = { mapping: [{ column: "status", field: null }] };
    await continueImport(business, { id, choices }, now);
    await continueImport(business, { id, choices: {} }, now);

    expect(bus.events).toEqual(
      Array.from({ length: 2 }, () => ({
        bus: "sapa-test",
        type: "import.due",
        detail: { business: business.id, import: id },
      })),
    );
  });

  const refusal = (work: Promise<unknown>) =>
    work.then(
      () => "none",
      ({ code }: SapaError) => code,
    );

  test("can't be gone on with by another business, after its file is gone, nor once it is finished", async () => {
    const business = aBusiness();
    const { id } = await importing(business, text, everyone);
    const choices = { mapping: [{ column: "status", field: null }] };

    expect(await refusal(continueImport(aBusiness(), { id, choices }, now))).toBe("not-found");
    const later = addSeconds(now, 7 * 24 * 60 * 60);
    expect(await refusal(continueImport(business, { id, choices }, later))).toBe("conflict");
    const wrong = { mapping: [{ column: "status", field: "shoe" }] };
    expect(await refusal(continueImport(business, { id, choices: wrong }, now))).toBe("invalid");
    await goOn(business, { id, text }, choices);
    expect(await refusal(continueImport(business, { id, choices }, now))).toBe("conflict");
  });
});

describe("whoever left stays out", () => {
  test("whatever other files say, in whatever sequence they come", { timeout: 120_000 }, async () => {
    // Few people and many rows, so that they meet by one identity after the other.
    const email = fc.constantFrom("a@x.id", "b@x.id", "Ani <A@X.id>", "mailto:b@x.id;", "");
    const status = fc.constantFrom(
      ...["subscribed", "subscribed", "subscribed", "unsubscribed", "unsubscribed"],
      ...["transactional", "cleaned", "spam", ""],
    );
    const row = fc.record({
      email,
      phone: fc.constantFrom("", "", "081234567890", "081234567891"),
      externalId: fc.constantFrom("", "C1"),
      status,
    });
    const files = fc.array(fc.array(row, { minLength: 1, maxLength: 3 }), { minLength: 2, maxLength: 6 });
    const addressOf = (text: string) => /[ab]@x\.id/.exec(text.toLowerCase())?.[0];
    await fc.assert(
      fc.asyncProperty(files, async (all) => {
        const business = aBusiness();
        const left = new Set<string>();
        for (const rows of all) {
          const text = file(
            "email,phone,external id,status",
            ...rows.map((one) => `${one.email},${one.phone},${one.externalId},${one.status}`),
          );
          await importing(business, text, everyone);
          for (const one of rows) {
            const address = addressOf(one.email);
            if (address && ["unsubscribed", "cleaned", "spam"].includes(one.status)) left.add(address);
          }
          for (const address of left) {
            expect(mayBeMailed(business, await find(business, address)), address).toBe(false);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test("also under an address that their record no longer has", async () => {
    const business = aBusiness();
    await importing(business, file("external id,email,status", "C1,old@x.id,unsubscribed"), everyone);
    await importing(business, file("external id,email", "C1,new@x.id"), everyone);
    await importing(business, file("email,status", "old@x.id,subscribed"), everyone);

    expect(await find(business, "new@x.id")).toMatchObject({ externalId: "C1", consent: "unsubscribed" });
    expect(await find(business, "old@x.id")).toMatchObject({ suppressed: "unsubscribed" });
    expect(mayBeMailed(business, await find(business, "old@x.id"))).toBe(false);
  });

  test("until they sign up again themselves, by that very address", async () => {
    const business = aBusiness();
    await importing(business, file("external id,email,status", "C1,old@x.id,unsubscribed"), everyone);
    await importing(business, file("external id,email", "C1,new@x.id"), everyone);
    const later = addSeconds(now, 60);
    const wish = { email: "old@x.id", topics: {}, locale: "id", evidence: { way: "form" } } as const;
    const { id } = await signUps.request(business.id, wish, later);

    expect(await look(business, id, later)).toMatchObject({ state: "waiting", comesBack: true });
    await confirm(business, id, { way: "confirmation" }, later);
    expect(mayBeMailed(business, await find(business, "old@x.id"))).toBe(true);
    expect(await suppressions.isSuppressed(business.id, "old@x.id")).toBe(false);
  });

  test("of whichever of two customers a row speaks, when it can't be told", async () => {
    const business = aBusiness();
    await importing(
      business,
      file("email,phone", "ani@x.id,081234567890", "budi@x.id,081234567891"),
      everyone,
    );
    const done = await importing(
      business,
      file("email,phone,name,status", "ani@x.id,081234567891,Ani,unsubscribed"),
      everyone,
    );

    expect(done.counts).toMatchObject({ rows: 1, updated: 1, unsubscribed: 1, rejected: 0, leftOut: 2 });
    expect(await consentOf(business, "ani@x.id")).toBe("unsubscribed");
    expect(await consentOf(business, "budi@x.id")).toBe("unsubscribed");
    expect((await find(business, "ani@x.id"))?.name).toBeUndefined();
  });

  test("a yes that can't be told whose it is counts for nobody", async () => {
    const business = aBusiness();
    await importing(business, file("email,phone", "ani@x.id,081234567890", "budi@x.id,081234567891"));
    const done = await importing(business, file("email,phone", "ani@x.id,081234567891"), everyone);

    expect(done.counts).toMatchObject({ rejected: 1, subscribed: 0 });
    expect(done.problems).toEqual([
      {
        effect: "row-rejected",
        field: "email",
        reason: "belongs to your customer …",
        rows: 1,
        firstRow: 2,
      },
      {
        effect: "row-rejected",
        field: "phone",
        reason: "belongs to your customer …",
        rows: 1,
        firstRow: 2,
      },
    ]);
  });
});

describe("bounces and complaints of a file", () => {
  const text = file(
    "email,status",
    "ani@example.com,cleaned",
    "budi@example.com,spam complaint",
    "cici@example.com,suppressed",
  );

  test("suppress the address for their own reason, whether or not a customer had it", async () => {
    const business = aBusiness();
    await importing(business, file("email", "ani@example.com", "budi@example.com"), everyone);
    const done = await importing(business, text, everyone);

    expect(done.counts).toMatchObject({ created: 1, updated: 2, suppressed: 3, unsubscribed: 2 });
    // An address that does not exist is no word of its owner.
    expect(await find(business, "ani@example.com")).toMatchObject({
      consent: "subscribed",
      suppressed: "bounce",
    });
    expect(await find(business, "budi@example.com")).toMatchObject({
      consent: "unsubscribed",
      suppressed: "complaint",
    });
    expect(await find(business, "cici@example.com")).toMatchObject({
      consent: "unsubscribed",
      suppressed: "owner",
    });
    for (const [email, reason] of [
      ["ani@example.com", "bounce"],
      ["budi@example.com", "complaint"],
      ["cici@example.com", "owner"],
    ] as const) {
      expect(await suppressions.reasonFor(business.id, email)).toBe(reason);
    }
  });

  test("of another business suppress nothing here", async () => {
    const business = aBusiness();
    await importing(aBusiness(), text, everyone);
    await importing(business, file("email", "ani@example.com"), everyone);
    expect(mayBeMailed(business, await find(business, "ani@example.com"))).toBe(true);
  });

  test("imported again change nothing, and the first reason stays", async () => {
    const business = aBusiness();
    await importing(business, text, everyone);
    const other = text.replace("cleaned", "spam complaint");
    expect((await importing(business, text, everyone)).counts).toMatchObject({ unchanged: 3, suppressed: 0 });
    await importing(business, other, everyone);
    expect((await find(business, "ani@example.com"))?.suppressed).toBe("bounce");
  });
});

test("a customer who was subscribed and left by a file is told of, and their history says by which", async () => {
  const business = aBusiness();
  await importing(business, file("email", "ani@example.com"), everyone);
  bus.events.length = 0;
  const { id } = await importing(
    business,
    file("email,Status,Tanggal unsubscribe", "ani@example.com,Berhenti,06/05/2024"),
    { ...everyone, fileName: "lama.csv" },
  );
  const ani = await find(business, "ani@example.com");

  expect(bus.events.map(({ type }) => type)).toEqual(["customer.unsubscribed"]);
  expect((await consents.history(business.id, ani?.id ?? "cus_")).at(-1)).toEqual({
    at: now,
    consent: "unsubscribed",
    was: "subscribed",
    way: "import",
    file: id,
    fileName: "lama.csv",
    row: 2,
    fileValue: "Berhenti",
    fileDate: "2024-05-05T17:00:00.000Z",
  });
});

test("columns called like what every record has are columns like any other", async () => {
  const business = aBusiness();
  const names = ["constructor", "__proto__", "toString", "hasOwnProperty"];
  const csv = await importing(business, file(`email,${names.join(",")}`, "ani@example.com,1,2,3,4"));
  const jsonl = await importing(
    business,
    file(
      '{"email":"budi@example.com","__proto__":"x","constructor":{"prototype":"y"}}',
      '{"email":"cici@example.com"}',
    ),
    { format: "jsonl" },
  );

  expect(csv).toMatchObject({ state: "finished", counts: { created: 1 }, ignoredColumns: names });
  expect(jsonl).toMatchObject({ state: "finished", counts: { created: 2 } });
  expect(jsonl.ignoredColumns).toEqual(["__proto__", "constructor.prototype"]);
  const asked = await importing(
    business,
    file("email,__proto__,status", "dodi@example.com,unsubscribed,constructor"),
    everyone,
  );
  expect(asked.questions?.map(({ column, values }) => [column, values])).toEqual([
    ["status", [{ value: "constructor", rows: 1 }]],
  ]);
});
