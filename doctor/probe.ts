import { randomBytes } from "node:crypto";
import { SapaError } from "../core/errors.ts";
import { type CompiledLocale, noTrack } from "../core/mail/compiled.ts";
import { render } from "../core/mail/render.ts";
import { split } from "../core/mail/slots.ts";
import type { View } from "../core/mail/view.ts";
import * as mailTemplates from "../core/mail-templates.ts";
import { compare } from "../core/runs/preflight.ts";

/** Every way in which Sapa's templates have SES fill something in: once, often, in a list, in a link, by a condition. */
const probe: CompiledLocale = {
  subject: "{{customer.nickname}}, {{offer}}",
  html: [
    "<!doctype html><html><body><p>Halo {{customer.nickname}} ({{customer.name}})</p>",
    "{{#if offer}}<p>{{offer}}</p>{{else}}<p>-</p>{{/if}}",
    "<ul>{{#each items}}<li>{{name}}: {{price}}</li>{{/each}}</ul>",
    `<p><a ${noTrack} href="{{links.unsubscribe}}">Berhenti</a> {{business.name}}</p></body></html>`,
  ].join("\n"),
  text: "Halo {{customer.nickname}}\n\n{{#each items}}- {{name}}: {{price}}\n{{/each}}\n{{links.unsubscribe}}\n",
  uses: [],
};

/** Hard on escaping, and on a renderer that would fill in what it has filled in already. */
const item = { category: "", description: "", url: "", imageUrl: "" };
const view: View = {
  customer: { nickname: `Ani "O'Neil" & <Budi> {{s1}} $& é`, name: "Ani 'Łucja' {{{s0}}}", attributes: {} },
  business: {
    name: "Kopi & Senja",
    postalAddress: "",
    websiteUrl: "",
    brandColour: "",
    brandTextColour: "",
    logoUrl: "",
  },
  offer: "10 % untuk Anda – sampai Minggu",
  items: [
    { ...item, name: "Es kopi <susu>", price: "Rp 25.000" },
    { ...item, name: "Roti \\ bakar", price: "Rp 18.000" },
  ],
  itemCount: "2",
  because: "",
  links: {
    unsubscribe: "https://example.com/u/probe",
    preferences: "https://example.com/p/probe",
    rating: "https://example.com/r/probe",
  },
  today: "",
};

/**
 * Has SES render a template like Sapa's own, under a name that nothing else uses, and takes it away again. Answers
 * where the result differs from Sapa's rendering. Throws what SES throws.
 */
export async function tryRendering(): Promise<{ difference: string | undefined }> {
  const name = `sapa-doctor-${randomBytes(6).toString("hex")}`;
  const skeleton = split(probe);
  await mailTemplates.create(name, skeleton);
  try {
    compare("id", await mailTemplates.testRender(name, skeleton.fill(view)), render(probe, view));
    return { difference: undefined };
  } catch (error) {
    if (!(error instanceof SapaError)) throw error;
    return {
      difference: [error.message, ...error.problems.map(({ message }) => message)].join(": "),
    };
  } finally {
    await mailTemplates.remove(name);
  }
}
