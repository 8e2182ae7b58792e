import { plainWord } from "./consent-words.ts";

/** Stands for the name of the file among its columns: what it says holds for every row. */
export const fileNameColumn = "(file name)";

/**
 * What the name of a file says of everyone in it, in the tool's own word. Mailchimp exports
 * `unsubscribed_members_export_….csv`, `nonsubscribed_…` and `cleaned_…`; Sendy `list-unsubscribed.csv`,
 * `list-bounced.csv` and `list-marked-as-spam.csv`; neither has a column that says so. `certain` when the name has
 * that form: else it is for the owner to say.
 */
export function saidByName(fileName: string | undefined): { word: string; certain: boolean } | undefined {
  const name = (fileName ?? "").toLowerCase();
  const [, mailchimp, rest = ""] =
    /^(non-?subscribed|unsubscribed|cleaned|archived)_(\w*)/.exec(name.split(/[/\\]/).at(-1) ?? "") ?? [];
  if (mailchimp && /export|members|segment|audience/.test(rest)) return { word: mailchimp, certain: true };
  const [, sendy] = /-(unsubscribed|bounced|marked-as-spam|unconfirmed)\.csv$/.exec(name) ?? [];
  if (sendy) return { word: sendy, certain: true };
  const [, other] =
    /(?:^|[^a-z])(non-?subscribed|unsubscrib\w*|unsubs?|opt-?outs?|opted-?out|bounced?s?|cleaned|complain\w*|spam|suppress\w*|block-?list\w*|black-?list\w*|dnc|do-?not-?(?:e?mail|contact)|berhenti|unconfirmed|archived)(?![a-z])/.exec(
      name,
    ) ?? [];
  return other ? { word: plainWord(other), certain: false } : undefined;
}
