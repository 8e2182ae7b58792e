import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { SapaError } from "../../core/errors.ts";
import { compile } from "../../core/mail/compile.ts";
import { render } from "../../core/mail/render.ts";
import { aView } from "../mail/sample.ts";
import { chromiumIsHere, useBrowser } from "../support/browser.ts";
import { unseenIn } from "../support/sight.ts";
import { type Around, hidingStyles, mjmlWith, tricks, waysToStyle } from "../support/tricks.ts";

const browser = useBrowser();

/** A mail as readers get it; undefined for a template that is refused. */
async function mailWith(around: Around): Promise<string[] | undefined> {
  const compiled = await compile({ translations: { id: { subject: "Halo", mjml: mjmlWith(around) } } }).catch(
    (error) => {
      if (error instanceof SapaError) return undefined;
      throw error;
    },
  );
  if (!compiled?.id) return undefined;
  const { id } = compiled;
  const views = id.html.includes("{{#") ? [aView(), aView({ offer: undefined })] : [aView()];
  return views.map((view) => render(id, view).html);
}

let page: Page | undefined;

async function unseen(mails: readonly string[]): Promise<string[]> {
  page ??= await browser.open(360, { javaScriptEnabled: true });
  const found: string[] = [];
  for (const mail of new Set(mails)) found.push(...(await unseenIn(page, mail)));
  return found;
}

describe.skipIf(!chromiumIsHere)("whatever a template does, a reader sees", { timeout: 600_000 }, () => {
  test.each(Object.entries({ "nothing of the kind": {}, ...tricks }))(
    "why, from where and how to leave: footer %s",
    async (_, around) => {
      const mails = await mailWith(around);
      if (mails) expect(await unseen(mails)).toEqual([]);
    },
  );

  test.each(Object.entries(waysToStyle))("the same with its styles %s", async (_, way) => {
    for (const style of hidingStyles) {
      const mails = await mailWith(way(style));
      if (mails) expect(await unseen(mails), style).toEqual([]);
    }
  });
});
