import * as formats from "../mail/formats.ts";
import type { Condition } from "./definition.ts";
import type { Words } from "./wording.ts";

/** Segments in Indonesian: `Pelanggan yang sudah memesan minimal 3 kali`. */
export const indonesian: Words = {
  sentence: (what) => `Pelanggan yang ${what}`,
  excluded: (what) => `Pelanggan ini tidak termasuk segmen, yang memuat mereka yang ${what}`,
  and: (parts) => listed(parts, "conjunction"),
  or: (parts) => listed(parts, "disjunction"),
  condition,
};

const listed = (parts: readonly string[], type: "conjunction" | "disjunction") =>
  new Intl.ListFormat("id", { type }).format(parts);

const lately = (days: number) => (days === 1 ? "hari ini" : `dalam ${days} hari terakhir`);
const ahead = (days: number) => (days === 1 ? "hari ini" : `dalam ${days} hari ke depan`);
const times = (count: number) => `${formats.number(count, "id")} kali`;

const fields = { email: "alamat email", phone: "nomor telepon", name: "nama", birthday: "tanggal lahir" };
const languages = { id: "Indonesia", en: "Inggris" };
const months = Array.from({ length: 12 }, (_, month) =>
  new Intl.DateTimeFormat("id", { month: "long", timeZone: "UTC" }).format(Date.UTC(2024, month)),
);

function condition(...[condition, holds, { currency, topics }]: Parameters<Words["condition"]>): string {
  const not = holds ? "" : "tidak ";
  if ("has" in condition) return `${not}memiliki ${fields[condition.has]}`;
  if ("locale" in condition) return `${not}berbahasa ${languages[condition.locale]}`;
  if ("consent" in condition) {
    if (condition.consent === "subscribed") return `${not}berlangganan`;
    if (condition.consent === "unsubscribed") return `${holds ? "sudah" : "belum"} berhenti berlangganan`;
    return holds ? "belum memastikan langganannya" : "tidak sedang menunggu kepastian langganan";
  }
  if ("tag" in condition) return `${not}bertanda “${condition.tag}”`;
  if ("attribute" in condition) return `${not}${attribute(condition)}`;
  if ("topic" in condition) {
    const topic = topics.find(({ key }) => key === condition.topic)?.name.id ?? condition.topic;
    return `${condition.on === holds ? "mau" : "tidak mau"} menerima email “${topic}”`;
  }
  if ("orders" in condition) return orders(condition.orders, holds);
  if ("spent" in condition) return `${not}berbelanja ${amount(condition.spent, currency)}`;
  if ("averageOrder" in condition) {
    return `${not}berbelanja rata-rata ${amount(condition.averageOrder, currency)} per pesanan`;
  }
  if ("bought" in condition) {
    const { item, category, ...period } = condition.bought;
    return happened(`membeli ${category ?? `produk ${item}`}`, period, holds);
  }
  if ("lastOrder" in condition) return happened("memesan", condition.lastOrder, holds);
  if ("opened" in condition) return happened("membuka email", condition.opened, holds);
  if ("clicked" in condition) return happened("mengeklik tautan di email", condition.clicked, holds);
  if ("firstOrder" in condition) return since("pertama kali memesan", condition.firstOrder, not);
  if ("signedUp" in condition) return since("terdaftar", condition.signedUp, not);
  const { withinDays, month } = condition.birthday;
  if (month !== undefined) return `${not}lahir pada bulan ${months[month - 1]}`;
  return `${not}berulang tahun ${ahead(withinDays ?? 1)}`;
}

type Period = {
  withinDays?: number | undefined;
  notWithinDays?: number | undefined;
  never?: true | undefined;
};

function happened(done: string, { withinDays, notWithinDays, never }: Period, holds: boolean): string {
  if (notWithinDays !== undefined) return `pernah ${done}, tetapi tidak ${lately(notWithinDays)}`;
  if (withinDays !== undefined) return `${holds ? "" : "tidak "}${done} ${lately(withinDays)}`;
  return `${(never === true) === holds ? "belum pernah" : "pernah"} ${done}`;
}

function since(done: string, { withinDays, notWithinDays = 0 }: Period, not: string): string {
  if (withinDays !== undefined) return `${not}${done} ${lately(withinDays)}`;
  return `${not}${done} ${notWithinDays === 1 ? "sebelum hari ini" : `paling sedikit ${notWithinDays} hari yang lalu`}`;
}

type Range = { atLeast?: number | undefined; atMost?: number | undefined };

function orders({ atLeast = 0, atMost }: Range, holds: boolean): string {
  if (atMost === 0) return `${holds ? "belum pernah" : "pernah"} memesan`;
  if (atMost === undefined && atLeast === 1) return `${holds ? "pernah" : "belum pernah"} memesan`;
  if (atMost === undefined) return `memesan ${holds ? "minimal" : "kurang dari"} ${times(atLeast)}`;
  if (atLeast === 0) return `memesan ${holds ? "maksimal" : "lebih dari"} ${times(atMost)}`;
  const ordered = holds ? "memesan" : "tidak memesan";
  return atLeast === atMost
    ? `${ordered} tepat ${times(atMost)}`
    : `${ordered} ${atLeast} sampai ${times(atMost)}`;
}

function amount({ atLeast, atMost }: Range, currency: string): string {
  const price = (minor: number) => formats.price({ amount: minor, currency }, "id");
  if (atLeast === undefined) return `maksimal ${price(atMost ?? 0)}`;
  return atMost === undefined ? `minimal ${price(atLeast)}` : `${price(atLeast)} sampai ${price(atMost)}`;
}

type AttributeCondition = Extract<Condition, { attribute: string }>;

function attribute({
  attribute,
  is,
  isNot,
  contains,
  above,
  below,
  before,
  after,
  exists,
}: AttributeCondition) {
  const value = (given: unknown) =>
    typeof given === "boolean"
      ? formats.yesOrNo(given, "id")
      : typeof given === "number"
        ? formats.number(given, "id")
        : `“${given}”`;
  if (is !== undefined) return `memiliki ${attribute} ${value(is)}`;
  if (isNot !== undefined) return `memiliki ${attribute} selain ${value(isNot)}`;
  if (contains !== undefined) return `memiliki ${attribute} yang memuat ${value(contains)}`;
  if (above !== undefined) return `memiliki ${attribute} di atas ${value(above)}`;
  if (below !== undefined) return `memiliki ${attribute} di bawah ${value(below)}`;
  if (before !== undefined) return `memiliki ${attribute} sebelum ${formats.day(before, "id")}`;
  if (after !== undefined) return `memiliki ${attribute} setelah ${formats.day(after, "id")}`;
  return exists ? `memiliki isian ${attribute}` : `mengosongkan ${attribute}`;
}
