import fc from "fast-check";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { SapaError } from "../../core/errors.ts";
import { compile } from "../../core/mail/compile.ts";
import { render } from "../../core/mail/render.ts";
import { aView } from "../mail/sample.ts";
import { chromiumIsHere, useBrowser } from "../support/browser.ts";
import { unseenIn } from "../support/sight.ts";
import { anyTemplate } from "../support/templates.ts";
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

/** Styles that leave a text hard to read, or hidden somewhere else, which this browser's page does not show. */
const sparedByTheJudge = [
  "line-height:0",
  "line-height:1px",
  "mso-hide:all",
  "padding-left:3000px",
  "mix-blend-mode:screen",
  "background:#000;background-clip:text;color:transparent",
  "text-shadow:0 0 9px #333,0 0 9px #333",
  "animation:x 1s",
  "unicode-bidi:bidi-override;direction:rtl",
];

/** What stands in the footer that Sapa adds, and in no other. */
const sapas = "z-index:2147483647!important";

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

  test("the same whatever styles are put around it, and whatever lies beside it", async () => {
    const counts = { refused: 0, added: 0, own: 0 };
    await fc.assert(
      fc.asyncProperty(anyTemplate, async (around) => {
        const mails = await mailWith(around);
        if (!mails) counts.refused++;
        else {
          counts[mails.some((mail) => mail.includes(sapas)) ? "added" : "own"]++;
          expect(await unseen(mails)).toEqual([]);
        }
      }),
      { numRuns: Number(process.env.SAPA_FOOTERS ?? 25), endOnFailure: true },
    );
    expect(counts.added).toBeGreaterThan(5);
    expect(counts.own).toBeGreaterThan(1);
  });

  test("the same with a style that hides it, wherever that is put", async () => {
    const styles = fc.tuple(fc.constantFrom(...Object.keys(waysToStyle)), fc.constantFrom(...hidingStyles));
    await fc.assert(
      fc.asyncProperty(styles, async ([way, style]) => {
        const mails = await mailWith(waysToStyle[way]?.(style) ?? {});
        if (mails) expect(await unseen(mails)).toEqual([]);
      }),
      { numRuns: Number(process.env.SAPA_FOOTERS ?? 25), endOnFailure: true },
    );
  });
});

describe.skipIf(!chromiumIsHere)("the judge of these tests", { timeout: 600_000 }, () => {
  test("sees what is hidden, were it not for the footer that Sapa adds", async () => {
    const seen: string[] = [];
    for (const style of hidingStyles) {
      const mails = await mailWith(waysToStyle["around it"]?.(style) ?? {});
      const alone = mails?.map((mail) =>
        mail.replace(new RegExp(`<div style="[^"]*${sapas}[\\s\\S]*?</div>`), ""),
      );
      if (alone && (await unseen(alone)).length === 0) seen.push(style);
    }
    // Hidden from others, in Outlook or by a finger's breadth: where Sapa can't be sure, it adds one footer too many.
    expect(seen).toEqual(sparedByTheJudge);
  });
});
