import { describe, expect, test } from "vitest";
import { type Click, isMachine, isPersons } from "../../core/feedback/people.ts";

describe("a visitor is a program", () => {
  test.each([
    ["Apple's Mail Privacy Protection", "Mozilla/5.0"],
    [
      "Gmail, fetching beforehand",
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0",
    ],
    ["a checker of mail", "Mozilla/5.0 (compatible; Proofpoint URL Defense)"],
    ["a checker of mail", "Barracuda Sentinel (EE)"],
    ["a preview of links", "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"],
    [
      "a crawler",
      "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/116.0 Safari/537.36",
    ],
    [
      "a browser without a screen",
      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/130.0.0.0 Safari/537.36",
    ],
    ["a script", "python-requests/2.32.3"],
    ["a script", "Go-http-client/2.0"],
    ["a script", "curl/8.5.0"],
    ["someone who does not say", ""],
  ])("such as %s", (_, userAgent) => {
    expect(isMachine({ userAgent })).toBe(true);
  });
});

describe("a visitor is a person", () => {
  test.each([
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (Linux; Android 14; CUBOT X70) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:131.0) Gecko/20100101 Firefox/131.0",
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    "Dalvik/2.1.0 (Linux; U; Android 14; SM-A546E Build/UP1A)",
    "okhttp/4.12.0",
    "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
    "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; Microsoft Outlook 16.0.5456)",
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.3.1",
  ])("with %s", (userAgent) => {
    expect(isMachine({ userAgent })).toBe(false);
  });
});

describe("clicks", () => {
  const at = (second: number) => new Date(Date.UTC(2026, 10, 24, 2, 0, 0, second * 1000)).toISOString();
  const clicks = (...all: [second: number, link: string][]): Click[] =>
    all.map(([second, link]) => ({ link, at: at(second), machine: false }));
  const judged = (all: Click[]) => all.map((click) => isPersons(click, all));

  test("on three links within ten seconds are a program's, all of them", () => {
    expect(judged(clicks([0, "a"], [4, "b"], [10, "c"]))).toEqual([false, false, false]);
  });

  test("on three links within more are a person's", () => {
    expect(judged(clicks([0, "a"], [4, "b"], [10.1, "c"]))).toEqual([true, true, true]);
  });

  test("on one link again and again are a person's, who is impatient", () => {
    expect(judged(clicks([0, "a"], [1, "a"], [2, "a"], [3, "b"]))).toEqual([true, true, true, true]);
  });

  test("long after such a burst are a person's", () => {
    expect(judged(clicks([0, "a"], [0, "b"], [1, "c"], [30, "b"]))).toEqual([false, false, false, true]);
  });

  test("shortly after such a burst, of which no span of ten seconds holds three links, are a person's", () => {
    expect(judged(clicks([0, "a"], [1, "b"], [2, "c"], [12.1, "a"]))).toEqual([false, false, false, true]);
  });
});
