import { assertNotHalted } from "../businesses/halts.ts";
import { assertOwnSender } from "../businesses/senders.ts";
import type { Business } from "../businesses.ts";
import * as customers from "../customers.ts";
import { SapaError } from "../errors.ts";
import { raise } from "../events.ts";
import type { BusinessId, CustomerId, ResponseId } from "../ids.ts";
import { findAll } from "../suppressions.ts";
import type { Instant } from "../time.ts";
import { change, type Response } from "./record.ts";

/** An answer, and one to put it right: what follows is a correspondence, which belongs into an inbox. */
const maxAnswers = 2;

/**
 * Writes back to the customer, by a mail that send-letters sends. It is no marketing: who unsubscribed can be answered
 * too. `conflict` when there is no address to write to, nothing that was said in words, or sending is halted. The same text again, while its mail has not gone, is the same
 * answer, so that a call whose end was not heard can be repeated.
 */
export async function answer(
  business: Business,
  id: ResponseId,
  text: string,
  now: Instant,
): Promise<Response> {
  let index = 0;
  const { response } = await change(business.id, id, async (before) => {
    if (!before) throw missing();
    assertNotHalted(business);
    assertOwnSender(business);
    const against = await whyUnreachable(business.id, before.customer);
    if (against) throw new SapaError("conflict", `The customer can't be answered: ${against}`);
    if (!before.words) throw new SapaError("conflict", "There is nothing to answer: they left no words");
    const last = before.answers.at(-1);
    index = before.answers.length;
    if (last?.text === text && !last.letterAt && !last.refused) {
      index -= 1;
      return undefined;
    }
    if (index >= maxAnswers) {
      throw new SapaError("conflict", `There are ${maxAnswers} answers to it already`);
    }
    const state = before.state === "closed" ? "closed" : "answered";
    return { response: { ...before, state, answers: [...before.answers, { at: now, text }] } };
  });
  if (!response) throw missing();
  await raise("response.answered", { business: business.id, response: id, answer: index });
  return response;
}

/** Says that a response has been seen to: a complaint is none any more. Closing it again changes nothing. */
export async function close(business: BusinessId, id: ResponseId): Promise<Response> {
  const { response } = await change(business, id, (before) =>
    before && before.state !== "closed" ? { response: { ...before, state: "closed" } } : undefined,
  );
  if (!response) throw missing();
  return response;
}

/** Why a customer can't be sent a mail about what they said; `undefined` if they can. */
export async function whyUnreachable(business: BusinessId, id: CustomerId): Promise<string | undefined> {
  const customer = await customers.find(business, id);
  if (!customer) return "they have been erased";
  if (customer.restrictedAt) return "their data is only kept, as they wish";
  if (!customer.email) return "no email address of theirs is known";
  const [suppressed] = await findAll(business, customer.email);
  const reason = customer.suppressed ?? suppressed?.reason;
  return reason && `their address is suppressed (${reason})`;
}

/** Takes on the mail of an answer, for one sender only; false when another has, or the answer is gone. */
export async function claimLetter(of: AnswerOf, now: Instant): Promise<boolean> {
  const { changed } = await changeAnswer(of, (answer) =>
    answer.letterAt || answer.refused ? undefined : { ...answer, letterAt: now },
  );
  return changed;
}

/** Gives the mail of an answer back: SES has not taken it. For good, if it is `refused`. */
export async function releaseLetter(of: AnswerOf, { refused }: { refused: boolean }): Promise<void> {
  await changeAnswer(of, ({ letterAt: _, ...answer }) => (refused ? { ...answer, refused: true } : answer));
}

/** Which answer to which response: they count from 0. */
export type AnswerOf = { business: BusinessId; id: ResponseId; index: number };
type Answer = Response["answers"][number];

const changeAnswer = ({ business, id, index }: AnswerOf, decide: (answer: Answer) => Answer | undefined) =>
  change(business, id, (before) => {
    const answer = before?.answers[index];
    const after = answer && decide(answer);
    return after && { response: { ...before, answers: before.answers.with(index, after) } };
  });

const missing = () => new SapaError("not-found", "There is no such response");
