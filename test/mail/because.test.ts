import { describe, expect, test } from "vitest";
import type { Joined } from "../../core/customers.ts";
import { because } from "../../core/mail/because.ts";
import { kopiSenja } from "./sample.ts";

// Half past midnight of March 3 in Jakarta.
const at = "2026-03-02T17:30:00.000Z";

describe("the footer says why a customer gets the mail", () => {
  test.each<[Joined | undefined, string, string]>([
    [
      { at, way: "form", source: "instagram" },
      "Kamu menerima email ini karena mendaftar sendiri di Kopi Senja lewat Instagram pada 3 Maret 2026.",
      "You get this email because you signed up with Kopi Senja by Instagram on March 3, 2026.",
    ],
    // Whoever hands out links to the form can write anything there.
    ...["hubungi-0812-3456-7890", "akun-anda-diblokir-segera-telepon-kami"].map(
      (source): [Joined, string, string] => [
        { at, way: "form", source },
        "Kamu menerima email ini karena mendaftar sendiri di Kopi Senja pada 3 Maret 2026.",
        "You get this email because you signed up with Kopi Senja on March 3, 2026.",
      ],
    ),
    [
      { at, way: "form" },
      "Kamu menerima email ini karena mendaftar sendiri di Kopi Senja pada 3 Maret 2026.",
      "You get this email because you signed up with Kopi Senja on March 3, 2026.",
    ],
    [
      { at, way: "api" },
      "Kamu menerima email ini karena setuju menerima kabar dari Kopi Senja, yang mencatatnya pada 3 Maret 2026.",
      "You get this email because you agreed to hear from Kopi Senja, which noted it on March 3, 2026.",
    ],
    [
      { at, way: "import" },
      "Kamu menerima email ini karena Kopi Senja memasukkanmu ke daftar pelanggannya pada 3 Maret 2026.",
      "You get this email because Kopi Senja put you on its list of subscribers on March 3, 2026.",
    ],
    [
      { at, way: "link" },
      "Kamu menerima email ini karena meminta email dari Kopi Senja pada 3 Maret 2026.",
      "You get this email because you asked Kopi Senja for emails on March 3, 2026.",
    ],
    [
      undefined,
      "Kamu menerima email ini karena berlangganan kabar dari Kopi Senja.",
      "You get this email because you are subscribed to news from Kopi Senja.",
    ],
  ])("%o", (joined, indonesian, english) => {
    expect(because(joined, kopiSenja, "id")).toBe(indonesian);
    expect(because(joined, kopiSenja, "en")).toBe(english);
  });
});
