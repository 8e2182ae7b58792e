import { limits } from "./limits.ts";

/**
 * The steps that it takes to hold a template's inlined styles (`mj-style inline`, `mj-selector`) against its tags, which
 * is done rule by rule and tag by tag. What looks at a tag's siblings (`~`, `:nth-child`) looks at up to all of them,
 * and each sign of that kind in a selector multiplies what the others look at.
 */
export function inlineSteps({ css, paths, tags }: { css: string; paths: string[]; tags: number }): number {
  let steps = 0;
  for (const part of css.split("}")) {
    const [selectors = "", declarations = ""] = part.split("{", 2);
    steps += selectorSteps(selectors, tags) + declarations.split(";").length * tags;
  }
  for (const path of paths) steps += selectorSteps(path, tags);
  return steps;
}

function selectorSteps(selectors: string, tags: number): number {
  let steps = 0;
  for (const selector of selectors.split(",")) {
    const names = selector.split(/[\s>+~:]+/).length;
    const siblings = selector.split(/[~:]/).length - 1;
    steps += names * tags + (siblings > 0 ? tags * (tags / 20) ** siblings : 0);
  }
  return steps;
}

/** What is too much of inlined styles; undefined when there are few enough, or none. */
export function excessOfStyles(styles: { css: string; paths: string[]; tags: number }): string | undefined {
  const { css, paths } = styles;
  if (css === "" && paths.length === 0) return undefined;
  if (css.length > limits.inlineCss) {
    return `has ${css.length} characters of inlined styles; at most ${limits.inlineCss} go`;
  }
  if (inlineSteps(styles) <= limits.inlineSteps) return undefined;
  return "has too many inlined styles for so many tags: use fewer rules, or an mj-style without inline";
}
