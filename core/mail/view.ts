import type { Business, Locale } from "../businesses.ts";
import { readableOn } from "../colours.ts";
import type { Customer } from "../customers.ts";
import { ownEntry } from "../dictionaries.ts";
import type { Item } from "../items.ts";
import type { Urls } from "../links.ts";
import type { Day } from "../time.ts";
import { because } from "./because.ts";
import * as formats from "./formats.ts";
import { nameOf, nicknameOf } from "./names.ts";

/**
 * What a template sees: nothing but text, formatted for the reader, and lists of such. A text that is not
 * known is empty. The names are those of variables.ts; a test keeps the two alike.
 */
export type View = {
  customer: CustomerView;
  business: BusinessView;
  /** The campaign's line about what the customer gets. */
  offer: string;
  items: readonly ItemView[];
  itemCount: string;
  /** Why the customer gets mail at all. */
  because: string;
  links: Links;
  /** The day of the run, in words. */
  today: string;
};

export type CustomerView = { nickname: string; name: string; attributes: Record<string, string> };
export type BusinessView = {
  name: string;
  postalAddress: string;
  websiteUrl: string;
  brandColour: string;
  /** Black or white, whichever reads better on the brand's colour. */
  brandTextColour: string;
  logoUrl: string;
};
export type ItemView = {
  name: string;
  category: string;
  price: string;
  description: string;
  url: string;
  imageUrl: string;
};
export type Links = Urls;

/** The fields of a customer that mails may use: all that a batch needs to carry. */
export type Addressee = Partial<Pick<Customer, "name" | "nickname" | "attributes" | "joined">>;

/** An entry of the catalogue, as far as mails show it. */
export type ShownItem = Pick<Item, "name" | "category" | "price"> &
  Partial<Pick<Item, "description" | "url" | "imageUrl">>;

export type ViewInput = {
  business: Business;
  customer: Addressee;
  locale: Locale;
  offer?: string | undefined;
  items?: readonly ShownItem[] | undefined;
  links: Links;
  /** The run's day in the business's zone. */
  day: Day;
};

/** What a template sees of one customer. Business and items are formatted once and remembered while they live. */
export function viewOf(input: ViewInput): View {
  const { business, customer, locale, offer = "", items = [], links, day } = input;
  return {
    customer: {
      nickname: nicknameOf(customer, locale),
      name: nameOf(customer, locale),
      attributes: attributesOf(customer, business, locale),
    },
    business: businessView(business),
    offer,
    items: itemList(items, locale),
    itemCount: String(items.length),
    because: because(customer.joined, business, locale),
    links,
    today: dayInWords(day, locale),
  };
}

const noAttributes: Record<string, string> = Object.freeze(Object.create(null));

function attributesOf(customer: Addressee, business: Business, locale: Locale): Record<string, string> {
  if (!customer.attributes) return noAttributes;
  // Without a prototype: an attribute called "constructor" is an attribute and nothing else.
  const written: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(customer.attributes)) {
    if (typeof value === "number") written[name] = formats.number(value, locale);
    else if (typeof value === "boolean") written[name] = formats.yesOrNo(value, locale);
    else written[name] = ownEntry(business.attributes, name) === "date" ? dateOf(value, locale) : value;
  }
  return written;
}

const dateOf = (value: string, locale: Locale): string =>
  /^\d{4}-\d{2}-\d{2}$/.test(value) ? formats.day(value, locale) : value;

const businessViews = new WeakMap<Business, BusinessView>();

function businessView(business: Business): BusinessView {
  const known = businessViews.get(business);
  if (known) return known;
  const made: BusinessView = {
    name: business.name,
    postalAddress: business.postalAddress,
    websiteUrl: business.websiteUrl ?? "",
    brandColour: business.brand.colour,
    brandTextColour: readableOn(business.brand.colour),
    logoUrl: business.brand.logoUrl ?? "",
  };
  businessViews.set(business, made);
  return made;
}

const itemLists = {
  id: new WeakMap<readonly ShownItem[], readonly ItemView[]>(),
  en: new WeakMap<readonly ShownItem[], readonly ItemView[]>(),
};

/** The same list for the same list, so that whoever prints it can tell. */
function itemList(items: readonly ShownItem[], locale: Locale): readonly ItemView[] {
  const known = itemLists[locale].get(items);
  if (known) return known;
  const made = items.map((item) => itemView(item, locale));
  itemLists[locale].set(items, made);
  return made;
}

const itemViews = { id: new WeakMap<ShownItem, ItemView>(), en: new WeakMap<ShownItem, ItemView>() };

function itemView(item: ShownItem, locale: Locale): ItemView {
  const known = itemViews[locale].get(item);
  if (known) return known;
  const made: ItemView = {
    name: item.name,
    category: item.category,
    price: formats.price(item.price, locale),
    description: item.description ?? "",
    url: item.url ?? "",
    imageUrl: item.imageUrl ?? "",
  };
  itemViews[locale].set(item, made);
  return made;
}

let lastDay: { day: Day; locale: Locale; words: string } | undefined;

function dayInWords(day: Day, locale: Locale): string {
  if (lastDay?.day !== day || lastDay.locale !== locale) {
    lastDay = { day, locale, words: formats.day(day, locale) };
  }
  return lastDay.words;
}
