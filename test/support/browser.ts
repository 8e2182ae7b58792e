import { existsSync } from "node:fs";
import axe from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll } from "vitest";

const executablePath = "/usr/bin/chromium";

export const chromiumIsHere = existsSync(executablePath);
if (!chromiumIsHere) console.warn("Chromium is not installed: the tests that need a browser are skipped");

/** The widths that pages and mails are looked at: a phone, and a desktop. */
export const widths = [375, 1280] as const;

/** A real browser for the tests of a file; `open` opens a page in it, without JavaScript unless asked for. */
export function useBrowser() {
  let browser: Browser | undefined;
  beforeAll(async () => {
    if (!chromiumIsHere) return;
    browser = await chromium.launch({
      executablePath,
      // The language decides in which order the parts of a date are typed.
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-background-networking",
        "--lang=en-US",
      ],
    });
  });
  afterAll(() => browser?.close());
  return {
    async open(width: number, options: Omit<BrowserContextOptions, "viewport"> = {}): Promise<Page> {
      if (!browser) throw new Error("There is no browser");
      const viewport = { width, height: 900 };
      const context = await browser.newContext({ viewport, javaScriptEnabled: false, ...options });
      return context.newPage();
    },
  };
}

/** By how many pixels a page is wider than its window: a reader would have to scroll sideways. */
export async function overflow(page: Page): Promise<number> {
  const box = await page.locator("html").boundingBox();
  const inner = await page.locator("body").evaluate((body) => body.scrollWidth);
  return Math.max(0, Math.max(box?.width ?? 0, inner) - (page.viewportSize()?.width ?? 0));
}

/** A page whose policy lets axe in, which a page of Sapa's own would not. */
export const forAxe: BrowserContextOptions = { javaScriptEnabled: true, bypassCSP: true };

/** What axe-core finds wrong, `label: <input name="email">`; by any of its rules, or by those of some kinds only. */
export async function violations(page: Page, kinds?: readonly string[]): Promise<string[]> {
  await page.evaluate(axe.source);
  const options = { resultTypes: ["violations"], ...(kinds && { runOnly: kinds }) };
  const found = (await page.evaluate(`axe.run(${JSON.stringify(options)})`)) as axe.AxeResults;
  return found.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}
