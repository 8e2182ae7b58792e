import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
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
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
    });
  });
  afterAll(() => browser?.close());
  return {
    async open(width: number, { javaScriptEnabled = false } = {}): Promise<Page> {
      if (!browser) throw new Error("There is no browser");
      const context = await browser.newContext({ viewport: { width, height: 900 }, javaScriptEnabled });
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
