import { setTimeout as sleep } from "node:timers/promises";
import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { Context } from "aws-lambda";
import { z } from "zod";
import { BusinessId, ImportId, ResponseId, SignUpId } from "../core/ids.ts";
import { bringAnswer } from "../core/letters/answering.ts";
import { askImported } from "../core/letters/imported.ts";
import { answerSignUp } from "../core/letters/joining.ts";
import { type Clock, NotTaken } from "../core/letters/send.ts";
import { counted } from "./telemetry/counts.ts";
import { faults } from "./telemetry/faults.ts";

const logger = new Logger({ serviceName: "send-letters" });

/** What is left of the function's time when it stops waiting for a place in the account's rate, in milliseconds. */
const reserve = 15_000;

type Work = (detail: unknown, clock: Clock) => Promise<void>;

const SignUpRequested = z.object({ business: BusinessId, signUp: SignUpId });
const LettersDue = z.object({ business: BusinessId, import: ImportId, after: SignUpId.optional() });

const ResponseAnswered = z.object({ business: BusinessId, response: ResponseId, answer: z.int() });

/** What is done about each of Sapa's own events that a letter answers. */
const works: Record<string, Work> = {
  "sign-up.requested": (detail, clock) => answerSignUp(SignUpRequested.parse(detail), clock),
  "letters.due": (detail, clock) => askImported(LettersDue.parse(detail), clock),
  "response.answered": (detail, clock) => bringAnswer(ResponseAnswered.parse(detail), clock),
};

const Raised = z.object({ "detail-type": z.string(), detail: z.unknown() });

/** Sends mails to one person, each in answer to an event of Sapa's own bus; a repeated event sends nothing again. */
export const handler = middy(async (event: unknown, context: Context) => {
  const { "detail-type": type, detail } = Raised.parse(event);
  const work = works[type];
  if (!work) throw new Error(`No letter answers ${type}`);
  await work(detail, {
    now: Date.now,
    sleep: async (milliseconds) => {
      if (milliseconds > 0) await sleep(milliseconds);
    },
    hurry: () => context.getRemainingTimeInMillis() < reserve,
  });
})
  .use(injectLambdaContext(logger))
  .use(counted)
  .use(faults(logger, (error) => error instanceof NotTaken));
