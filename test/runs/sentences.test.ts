import { describe, expect, test } from "vitest";
import { SkipReason } from "../../core/eligibility.ts";
import { Explanation } from "../../core/runs/explain.ts";
import { sentenceFor } from "../../core/runs/sentences.ts";
import { refusals } from "../../core/runs/verdicts.ts";

/** A sentence in words: it begins and ends as one, and shows no name of ours or of SES's. */
const words = /^[A-Z][A-Za-z0-9 ,;:'’()]+\.$/;

describe.each(["id", "en"] as const)("in %s there are words for", (language) => {
  const inWords = (outcome: string, reason?: string) => {
    const sentence = sentenceFor(outcome, reason)[language];
    expect(sentence).toMatch(words);
    expect(sentence).not.toMatch(new RegExp(`: ${reason}\\.$`));
    return sentence;
  };

  test.each(Explanation.shape.outcome.options)("the outcome %s", (outcome) => {
    inWords(outcome);
  });

  test.each(SkipReason.options)("the reason %s", (reason) => {
    expect(inWords("skipped", reason).length).toBeGreaterThan(inWords("skipped").length);
  });

  test.each([...refusals, "NO_ANSWER", "NOT_HANDED_OVER"])("SES's answer %s", (status) => {
    inWords("failed", status);
    inWords("claimed", status);
  });

  test.each(["opened", "clicked"])("mail that only a program has %s", (outcome) => {
    inWords(outcome, "by-program");
  });

  test.each([
    "not-birthday",
    "never-ordered",
    "not-lapsed",
    "lapsed-earlier",
    "lapsed-before-campaign",
    "no-new-items",
    "joined-later",
    "changed-since",
    "not-resent",
    "preflight",
    "run-stopped",
    "halted",
    "sender-not-bound",
  ])("not being selected for the reason %s", (reason) => {
    inWords("not-selected", reason);
  });
});

test("every sentence differs between the languages, and from every other of its kind", () => {
  const all = [...SkipReason.options, ...refusals].map((reason) => sentenceFor("skipped", reason));
  for (const { id, en } of all) expect(id).not.toBe(en);
  expect(new Set(all.map(({ en }) => en)).size).toBe(all.length);
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
});

test("mail that SES asked to have later says that it waits, and why", () => {
  expect(sentenceFor("claimed", "ACCOUNT_DAILY_QUOTA_EXCEEDED").en).toBe(
    "The mail is being handed to SES: SES asked to wait, since the day's quota is used up.",
  );
});
