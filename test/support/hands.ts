import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";

/** A finger on a phone: counts its taps, and needs something to tap that is big enough for it. */
export function finger() {
  let taps = 0;
  return {
    async tap(target: Locator): Promise<void> {
      await target.scrollIntoViewIfNeeded();
      const { width = 0, height = 0 } = (await target.boundingBox()) ?? {};
      // As Apple and Google ask for, at 44 and 48 of such pixels.
      expect(Math.min(width, height), `${target}`).toBeGreaterThanOrEqual(44);
      await target.tap();
      taps += 1;
    },
    /** Taps what leads to another page, and waits for it. */
    async follow(target: Locator): Promise<void> {
      await Promise.all([target.page().waitForEvent("domcontentloaded"), this.tap(target)]);
    },
    get taps() {
      return taps;
    },
  };
}

/** What has the focus: whether it is what is looked for, and what a sighted reader sees of that it has it. */
const focus = (selector: string) => `(() => {
  const focused = document.activeElement;
  // A star's radio button can't be seen: its picture shows the focus.
  const ring = [focused, focused.parentElement.querySelector("input + svg")].some((one) => {
    if (!one) return false;
    const { outlineStyle, outlineWidth } = getComputedStyle(one);
    return outlineStyle === "solid" && parseFloat(outlineWidth) >= 2;
  });
  const { left, top, width, height } = focused.getBoundingClientRect();
  const above = document.elementFromPoint(left + width / 2, top + height / 2);
  const uncovered = above && (focused.contains(above) || above.contains(focused) || focused.parentElement.contains(above));
  return { there: focused.matches(${JSON.stringify(selector)}), ring, uncovered: Boolean(uncovered), html: focused.outerHTML.slice(0, 120) };
})()`;

/** Presses Tab until something has the focus; whatever has it on the way shows it, and nothing lies over it. */
export async function tabTo(page: Page, selector: string): Promise<void> {
  for (let presses = 0; presses < 40; presses++) {
    await page.keyboard.press("Tab");
    const { there, ring, uncovered, html } = (await page.evaluate(focus(selector))) as {
      there: boolean;
      ring: boolean;
      uncovered: boolean;
      html: string;
    };
    expect({ ring, uncovered }, html).toEqual({ ring: true, uncovered: true });
    if (there) return;
  }
  throw new Error(`Tab never reaches ${selector}`);
}
