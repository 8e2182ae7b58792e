import { erase } from "../../core/customers/erase.ts";
import { type CustomerExport, collect } from "../../core/customers/export.ts";
import askSource from "../../templates/pages/erase.hbs";
import erasedSource from "../../templates/pages/erased.hbs";
import source from "../../templates/pages/seen-data.hbs";
import { sectionsOf } from "./data-sections.ts";
import { attachment, page, template } from "./page.ts";
import type { Visit } from "./visit.ts";
import { words } from "./words/my-data.ts";

const seen = template(source);
const ask = template(askSource);
const erased = template(erasedSource);

/** The buttons of "My data". All of them are posted: whoever only looks at links, such as a scanner, sees nothing. */
export const myData = {
  "see-data": async (visit: Visit) => {
    const { business, locale } = visit;
    const t = words[locale];
    return page(seen, visit, {
      t,
      title: t.seenTitle,
      lead: t.seenLead(business.name),
      sections: sectionsOf(await collected(visit), visit),
    });
  },
  "download-data": async (visit: Visit) =>
    attachment("my-data.json", JSON.stringify(await collected(visit), undefined, 2)),
  erase: (visit: Visit) => {
    const t = words[visit.locale];
    return page(ask, visit, { t, title: t.eraseTitle, lead: t.eraseLead(visit.business.name) });
  },
  "erase-now": async (visit: Visit) => {
    const { business, customer, locale, now } = visit;
    const receipt = await erase({ business: business.id, customer: customer.id, way: "link" }, now);
    const t = words[locale];
    return page(erased, visit, {
      t,
      title: t.erasedTitle,
      lead: t.erasedLead(business.name),
      receipt: receipt.id,
      last: true,
    });
  },
};

const collected = ({ business, customer, now }: Visit): Promise<CustomerExport> =>
  collect(business, customer, now);
