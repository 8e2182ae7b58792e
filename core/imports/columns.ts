import type { Business } from "../businesses.ts";
import { type ColumnMapping, type ColumnType, customerFields, type Import, orderFields } from "./record.ts";

/** A column of the file that goes into a field. */
export type Column = { column: string; field: string; type?: ColumnType | undefined };

const person = {
  email: "email emailaddress alamatemail surel mail",
  phone:
    "phone phonenumber mobile mobilephone telephone telepon notelepon nomortelepon telp notelp hp nohp nomorhp handphone wa nowa nomorwa whatsapp nohpwa nomorponsel ponsel",
};
const customerId =
  "externalid customerid idcustomer idpelanggan kodepelanggan nomorpelanggan nopelanggan memberid idmember nomember kodemember";

/** Titles that are understood by themselves, as exports of tills, shops and other mail tools have them. */
const customerTitles: Record<string, string> = {
  ...person,
  externalId: `id ${customerId}`,
  name: "name fullname nama namalengkap namapelanggan customername customer pelanggan",
  firstName: "firstname namadepan fname",
  lastName: "lastname surname namabelakang lname",
  nickname: "nickname panggilan namapanggilan sapaan",
  birthday: "birthday birthdate dateofbirth dob tanggallahir tgllahir ulangtahun ultah",
  birthYear: "birthyear yearofbirth tahunlahir",
  tags: "tags tag label labels",
  locale: "locale language bahasa",
  timeZone: "timezone zonawaktu",
  consent: "consent subscribed optin optedin persetujuan berlangganan acceptsmarketing emailmarketingconsent",
};
const orderTitles: Record<string, string> = {
  ...person,
  id: "id orderid order ordernumber orderno idpesanan nopesanan nomorpesanan kodepesanan invoice invoicenumber invoiceid noinvoice nofaktur nonota nostruk receipt receiptnumber transactionid idtransaksi notransaksi",
  externalId: customerId,
  name: "name customername customer fullname nama namapelanggan pelanggan",
  placedAt:
    "placedat date orderdate datetime createdat time tanggal tgl tanggalpesanan tglpesanan tanggaltransaksi tgltransaksi waktu",
  total: "total amount grandtotal ordertotal totalbayar jumlahbayar totalharga totalbelanja",
  currency: "currency matauang",
  channel: "channel kanal outlet cabang",
  item: "item itemid sku productid kodebarang kodeproduk kodeitem idproduk",
  itemName: "itemname product productname namabarang namaproduk namaitem produk",
  category: "category kategori",
  quantity: "quantity qty jumlah kuantitas",
  price: "price unitprice harga hargasatuan",
};

const index = (titles: Record<string, string>) =>
  new Map(
    Object.entries(titles).flatMap(([field, names]) =>
      names.split(" ").map((name) => [name, field] as const),
    ),
  );
const known = { customers: index(customerTitles), orders: index(orderTitles) };

/** "Tgl. Lahir" and "tgl_lahir" are the same title. */
const bare = (title: string) =>
  title
    .normalize("NFKD")
    .replace(/[^\p{L}\p{N}]/gu, "")
    .toLowerCase();

/**
 * Which field each column goes into. What the owner says comes first, then the title; of two columns for one
 * field the first counts. Columns for nothing are not in the answer.
 */
export function columnsFor(
  { kind, mapping = [] }: Pick<Import, "kind" | "mapping">,
  business: Business,
  titles: readonly string[],
): Column[] {
  const told = new Map(mapping.map((one) => [one.column.toLowerCase(), one]));
  const taken = new Set(
    mapping.flatMap(({ column, field }) =>
      field && titles.some((title) => title.trim().toLowerCase() === column.toLowerCase()) ? [field] : [],
    ),
  );
  const own = kind === "customers" ? ownTitles(business) : new Map<string, string>();
  return titles.flatMap((title): Column[] => {
    const mapped = told.get(title.trim().toLowerCase());
    if (mapped) return mapped.field ? [{ column: title, field: mapped.field, type: mapped.type }] : [];
    const name = bare(title);
    const field = known[kind].get(name) ?? own.get(name);
    if (!field || taken.has(field)) return [];
    taken.add(field);
    return [{ column: title, field }];
  });
}

/** The titles that name an attribute or a topic of the business, in the order in which they count. */
function ownTitles({ attributes, topics }: Business): Map<string, string> {
  const fields = [
    ...Object.keys(attributes).flatMap((name) =>
      [bare(name), `attributes${bare(name)}`].map((title) => [title, `attributes.${name}`] as const),
    ),
    ...topics.map(({ key }) => [`topics${bare(key)}`, `topics.${key}`] as const),
  ];
  return new Map(fields.toReversed());
}

/** Why a mapping can't be, for each entry that can't. */
export function mappingProblems(
  kind: Import["kind"],
  business: Business,
  mapping: readonly ColumnMapping[],
): { index: number; message: string }[] {
  const own = [
    ...Object.keys(business.attributes).map((name) => `attributes.${name}`),
    ...business.topics.map(({ key }) => `topics.${key}`),
  ];
  const fields: readonly string[] = kind === "customers" ? [...customerFields, ...own] : orderFields;
  return mapping.flatMap(({ field }, index) => {
    if (field === null) return [];
    if (!fields.includes(field))
      return [{ index, message: `is not a field here; known are ${fields.join(", ")}` }];
    const first = mapping.findIndex((other) => other.field === field);
    return first < index
      ? [{ index, message: `is the field of the column ${mapping[first]?.column} already` }]
      : [];
  });
}

/** What a file lacks for its kind, in the owner's words. */
export function missing(kind: Import["kind"], columns: readonly Column[]): string | undefined {
  const has = (field: string) => columns.some((column) => column.field === field);
  const lacks = [
    ...(["email", "phone", "externalId"].some(has) ? [] : ["email, phone or externalId"]),
    ...(kind === "orders" && !has("id") ? ["the order's id"] : []),
    ...(kind === "orders" && !has("placedAt") ? ["placedAt"] : []),
    ...(kind === "orders" && !has("total") && !has("price") ? ["total"] : []),
  ];
  return lacks.length ? lacks.join(", ") : undefined;
}
