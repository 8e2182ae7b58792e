import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { chromiumIsHere, forAxe, overflow, useBrowser, violations } from "../support/browser.ts";
import { useAni } from "../support/links.ts";
import { statesIn } from "../support/states.ts";

const world = useAni();
const states = statesIn(world);
const browser = useBrowser();

describe.skipIf(!chromiumIsHere)("every page in every state", { timeout: 60_000 }, () => {
  let page: Page;
  let shown: Awaited<ReturnType<(typeof states)[string][1]>>;
  beforeAll(async () => {
    page = await browser.open(375, forAxe);
    await page.route("**/*", (route) =>
      route.fulfill({
        status: shown.statusCode ?? 200,
        headers: shown.headers as Record<string, string>,
        body: shown.body ?? "",
      }),
    );
  });
  /** As it looks in a window of this width, by day or by night. */
  const look = async (width: number, colorScheme: "light" | "dark") => {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    expect(await overflow(page)).toBe(0);
  };

  test.each(["#ffd400", "#f5f5f4", "#111111", "#ff2d2d"])(
    "a page with all that there is, in the colour %s and for a shop with a long name",
    async (colour) => {
      const name = "Kopi".padEnd(90, " Senja-dan-Sahabat");
      await world.shopOf({ name, brand: { colour, logoUrl: "https://links.example/logo.png" } });
      shown = (await states["preferences: with errors"]?.[1]("en")) ?? {};
      await page.goto("https://links.example/");
      for (const colorScheme of ["light", "dark"] as const) {
        await look(375, colorScheme);
        expect(await violations(page), colorScheme).toEqual([]);
      }
    },
  );

  test.each(Object.entries(states))("%s", async (_, [status, come]) => {
    for (const lang of ["en", "id"]) {
      shown = await come(lang);
      expect(shown.statusCode).toBe(status);
      await page.goto("https://links.example/");
      await look(375, lang === "en" ? "light" : "dark");
      expect(await violations(page)).toEqual([]);
      if (lang === "id") continue;
      await look(1280, "dark");
      expect(await violations(page)).toEqual([]);
    }
  });
});
