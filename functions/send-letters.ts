import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { Context } from "aws-lambda";
import { z } from "zod";
import type { Deadline } from "../core/deadline.ts";
import { BusinessId, ImportId, ResponseId, SignUpId } from "../core/ids.ts";
import { bringAnswer } from "../core/letters/answering.ts";
import { askImported } from "../core/letters/imported.ts";
import { answerSignUp } from "../core/letters/joining.ts";
import { LinkRequest } from "../core/letters/link-requests.ts";
import { mailLink } from "../core/letters/linking.ts";
import { NotTaken } from "../core/letters/permit.ts";
import { deadlineOf } from "./queues/deadline.ts";
import { counted } from "./telemetry/counts.ts";
import { faults } from "./telemetry/faults.ts";

const logger = new Logger({ serviceName: "send-letters" });

type Work = (detail: unknown, deadline: Deadline) => Promise<void>;

const SignUpRequested = z.object({ business: BusinessId, signUp: SignUpId });
const LettersDue = z.object({ business: BusinessId, import: ImportId, after: SignUpId.optional() });

const ResponseAnswered = z.object({ business: BusinessId, response: ResponseId, answer: z.int() });

/** What is done about each of Sapa's own events that a letter answers. */
const works: Record<string, Work> = {
  "sign-up.requested": (detail, deadline) => answerSignUp(SignUpRequested.parse(detail), deadline),
  "letters.due": (detail, deadline) => askImported(LettersDue.parse(detail), deadline),
  "link.requested": (detail, deadline) => mailLink(LinkRequest.parse(detail), deadline),
  "response.answered": (detail, deadline) => bringAnswer(ResponseAnswered.parse(detail), deadline),
};

const Raised = z.object({ "detail-type": z.string(), detail: z.unknown() });

/** Sends mails to one person, each in answer to an event of Sapa's own bus; a repeated event sends nothing again. */
export const handler = middy(async (event: unknown, context: Context) => {
  const { "detail-type": type, detail } = Raised.parse(event);
  const work = works[type];
  if (!work) throw new Error(`No letter answers ${type}`);
  await work(detail, deadlineOf(context));
})
  .use(injectLambdaContext(logger))
  .use(counted)
  .use(faults(logger, (error) => error instanceof NotTaken));
