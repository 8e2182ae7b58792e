import { daysBefore } from "./days.ts";

/** What `PUT /v1/items/{id}` is given. */
export type DemoItem = {
  id: string;
  name: string;
  category: Category;
  price: { amount: number; currency: "IDR" };
  description: string;
  url: string;
  addedAt: string;
};
export type Category = "Kopi" | "Tanpa kopi" | "Camilan" | "Biji kopi" | "Oleh-oleh";

/** id, name, category, price in whole rupiah, days ago that it came in, description. */
const menu: readonly (readonly [string, string, Category, number, number, string])[] = [
  [
    "es-kopi-susu",
    "Es Kopi Susu Senja",
    "Kopi",
    22_000,
    600,
    "Kopi, susu segar dan gula aren, andalan kami sejak hari pertama",
  ],
  ["kopi-tubruk", "Kopi Tubruk", "Kopi", 15_000, 600, "Robusta Dampit, diseduh langsung di gelas"],
  ["americano", "Americano", "Kopi", 20_000, 600, "Dua shot espresso dengan air panas atau es"],
  ["cappuccino", "Cappuccino", "Kopi", 28_000, 600, "Espresso dengan busa susu yang tebal"],
  ["latte-gula-aren", "Latte Gula Aren", "Kopi", 29_000, 400, "Latte dengan gula aren dari Lebak"],
  ["seduh-gayo", "Seduh Manual Gayo", "Kopi", 35_000, 600, "V60, beraroma rempah dan cokelat"],
  ["seduh-toraja", "Seduh Manual Toraja", "Kopi", 35_000, 300, "V60, tebal dan lembut"],
  ["kopi-pisang", "Es Kopi Pisang", "Kopi", 27_000, 120, "Kopi susu dengan sirup pisang raja buatan sendiri"],
  ["latte-pandan", "Latte Pandan", "Kopi", 30_000, 2, "Latte dengan daun pandan segar, manisnya tipis"],
  ["seduh-kintamani", "Seduh Manual Kintamani", "Kopi", 36_000, 4, "V60, segar dengan aroma jeruk Bali"],
  ["cold-brew-jeruk", "Cold Brew Jeruk", "Kopi", 32_000, 1, "Cold brew 16 jam dengan jeruk Siam Medan"],
  ["matcha-latte", "Matcha Latte", "Tanpa kopi", 32_000, 380, "Matcha Uji dengan susu segar"],
  ["cokelat-panas", "Cokelat Panas", "Tanpa kopi", 27_000, 600, "Cokelat Jembrana 70 persen"],
  ["teh-tarik", "Teh Tarik", "Tanpa kopi", 20_000, 600, "Teh Slawi dengan susu kental"],
  ["wedang-jahe", "Wedang Jahe", "Tanpa kopi", 18_000, 600, "Jahe merah, sereh dan gula batu"],
  ["lemon-sereh", "Es Lemon Sereh", "Tanpa kopi", 20_000, 3, "Lemon lokal, sereh dan madu hutan"],
  [
    "roti-srikaya",
    "Roti Bakar Srikaya",
    "Camilan",
    24_000,
    600,
    "Roti tawar panggang dengan srikaya rumahan",
  ],
  ["croissant", "Croissant Mentega", "Camilan", 26_000, 420, "Dipanggang setiap pagi"],
  ["donat-kampung", "Donat Kampung", "Camilan", 12_000, 600, "Empuk, bertabur gula halus"],
  ["pisang-goreng", "Pisang Goreng Keju", "Camilan", 18_000, 240, "Pisang kepok kuning dan keju parut"],
  ["lapis-legit", "Lapis Legit", "Camilan", 28_000, 5, "Delapan belas lapis, resep Ibu Ratna"],
  ["biji-gayo", "Biji Kopi Gayo 250 g", "Biji kopi", 98_000, 600, "Sangrai sedang, proses giling basah"],
  ["biji-toraja", "Biji Kopi Toraja 250 g", "Biji kopi", 105_000, 300, "Sangrai sedang, dari Sapan"],
  [
    "tumbler",
    "Tumbler Senja 500 ml",
    "Oleh-oleh",
    145_000,
    6,
    "Tahan dingin 12 jam, isi ulang lebih hemat Rp3.000",
  ],
];

/** The catalogue as it stands on `day`: six entries came in during the last week. */
export const catalogueOn = (day: string): DemoItem[] =>
  menu.map(([id, name, category, rupiah, age, description]) => ({
    id,
    name,
    category,
    // ISO 4217 counts IDR in hundredths.
    price: { amount: rupiah * 100, currency: "IDR" },
    description,
    url: `https://kopisenja.example/menu/${id}`,
    addedAt: `${daysBefore(day, age)}T01:00:00.000Z`,
  }));
