import type { Business } from "../businesses.ts";
import { readTitle } from "./consent-titles.ts";
import { plainWord } from "./consent-words.ts";
import { type ConsentField, isConsentField } from "./mapping.ts";
import type { Import } from "./record.ts";

const person = {
  email: "email emailaddress useremail alamatemail surel mail subscriberemail",
  phone:
    "phone phonenumber mobile mobilephone telephone telepon notelepon nomortelepon telp notelp hp nohp nomorhp handphone wa nowa nomorwa whatsapp nohpwa nomorponsel ponsel sms",
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

/** "Tgl. Lahir" and "tgl_lahir" are the same title, and so is the second of two that are called so. */
export const bareTitle = (title: string): string => plainWord(title.replace(/ \(\d+\)$/, ""));

/** What a title alone says of its column; the values are looked at afterwards. */
export type TitleMeaning =
  | { kind: "field"; field: string }
  | { kind: "consent"; field: ConsentField }
  /** It looks like consent, or like an attribute of the business and like consent. */
  | { kind: "unclear"; attribute?: string | undefined }
  | { kind: "detail" | "elsewhere" | "unknown" };

/** Reads the titles of files for a business. */
export class Titles {
  readonly #kind: Import["kind"];
  /** The fields of the business's own topics and attributes, by the titles that name them. */
  readonly #topics: ReadonlyMap<string, string>;
  readonly #attributes: ReadonlyMap<string, string>;

  constructor(kind: Import["kind"], { topics, attributes }: Business) {
    this.#kind = kind;
    this.#topics = firstOfEach(topics.map(({ key }) => [`topics${plainWord(key)}`, `topics.${key}`]));
    this.#attributes = firstOfEach(
      Object.keys(attributes).flatMap((name) =>
        [plainWord(name), `attributes${plainWord(name)}`].map((title): [string, string] => [
          title,
          `attributes.${name}`,
        ]),
      ),
    );
  }

  meaningOf(title: string): TitleMeaning {
    const bare = bareTitle(title);
    const field = known[this.#kind].get(bare);
    if (field) return { kind: "field", field };
    if (this.#kind === "orders") return { kind: "unknown" };
    const topic = this.#topics.get(bare);
    if (topic) return { kind: "field", field: topic };
    const attribute = this.#attributes.get(bare);
    const reading = readTitle(title);
    if (reading === undefined || reading === "detail" || reading === "elsewhere") {
      return attribute ? { kind: "field", field: attribute } : { kind: reading ?? "unknown" };
    }
    if (attribute || !isConsentField(reading)) return { kind: "unclear", ...(attribute && { attribute }) };
    return { kind: "consent", field: reading };
  }
}

const firstOfEach = (entries: [string, string][]): Map<string, string> => new Map(entries.toReversed());
