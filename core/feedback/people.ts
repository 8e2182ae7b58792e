import { beginning } from "../text.ts";
import type { Instant } from "../time.ts";

/** What SES tells of who opened a mail or followed a link. */
export type Visitor = {
  userAgent?: string | undefined;
  /** SES's own judgement, should it tell one: its documents name no such field yet. */
  isBot?: boolean | undefined;
};

/**
 * Programs that load mails before, or instead of, a person, by the whole of their user agent: Apple's Mail Privacy
 * Protection, and Gmail's prefetching, a browser of 2015 that nobody has (mailgun.com/blog/product/bot-detection).
 * Gmail's and Yahoo's proxies of images name themselves and fetch when a person opens the mail, so they count.
 */
const disguises = new Set([
  "mozilla/5.0",
  "mozilla/5.0 (windows nt 10.0; win64; x64) applewebkit/537.36 (khtml, like gecko) chrome/42.0.2311.135 safari/537.36 edge/12.246 mozilla/5.0",
]);

/**
 * Those who check mail for its receiver, and say so; previews of links in chats; programs and browsers without a
 * screen. Collected from what mail services publish of the clicks they leave out (suped.com, "identify bot user
 * agents in email click data"; mailgun.com, "Open and click bot detection"; unmta.com, "Bot signatures"). What apps for
 * mail are built with too, such as Dalvik, CFNetwork and okhttp, is not among them.
 */
const programs = new RegExp(
  [
    // Checkers of mail.
    "barracuda|proofpoint|mimecast|ironport|ciscosecure|forcepoint|fireeye|trellix|sophos|symantec|messagelabs",
    "trend ?micro|\\btmes\\b|fortimail|fortigate|kaspersky|mcafee|bitdefender|sonicwall|zscaler|safelinks|urldefense",
    "virustotal|urlscan|phishtank|cloudmark|vade ?secure|exchange ?online ?protection",
    // Crawlers, and previews of links; Cubot makes telephones.
    "(?<!cu)bot(\\b|_)|crawl|spider|slurp|facebookexternal|linkexpanding|whatsapp/|snap url preview|skypeuripreview",
    "embedly|bingpreview|google-safety|googlesecurityscanner|google-pagerenderer|mediapartners|preview service",
    // Browsers without a screen, and what is none.
    "headless|phantomjs|puppeteer|playwright|selenium|slimerjs|lighthouse",
    "^(curl|wget|python|java|go-http|axios|node|got|undici|ruby|perl|php|libwww|lua-|httpie|postman|insomnia)",
    "python-|aiohttp|httpx|httpclient|http_client|go-http-client|jetty|guzzle|libwww-perl|winhttp|restsharp",
  ].join("|"),
  "i",
);

/** Characters of a user agent that are looked at: browsers' names have some two hundred. */
const longestName = 1000;

/** Whether a program did it, as far as it says who it is. Whoever says nothing is no browser. */
export function isMachine({ userAgent = "", isBot = false }: Visitor): boolean {
  const name = beginning(userAgent.trim(), longestName);
  return isBot || name === "" || disguises.has(name.toLowerCase()) || programs.test(name);
}

/** A link that was followed; `machine` if a program says that it did it. */
export type Click = { link: string; at: Instant; machine: boolean };

/** So many different links in so many seconds, and more, are not followed by a person who reads. */
const burst = { links: 3, seconds: 10 };

/** How far around a click others tell of it, in seconds. */
export const context = burst.seconds;

/**
 * Whether a click was a person's, by all clicks on links of the same mail around it: a scanner that looks like a
 * browser gives itself away by following one link after the other.
 */
export function isPersons(click: Click, clicks: readonly Click[]): boolean {
  if (click.machine) return false;
  const at = Date.parse(click.at);
  const span = burst.seconds * 1000;
  const near = clicks
    .map((one) => ({ link: one.link, at: Date.parse(one.at) }))
    .filter((one) => Math.abs(one.at - at) <= span);
  // Of the spans of ten seconds that hold the click, one that begins with some click holds as many as any.
  return near
    .filter((first) => first.at <= at)
    .every((first) => {
      const links = near.filter((one) => one.at >= first.at && one.at <= first.at + span);
      return new Set(links.map(({ link }) => link)).size < burst.links;
    });
}
