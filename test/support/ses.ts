import type { RequestListener } from "node:http";
import { beforeEach } from "vitest";
import { forgetQuota } from "../../core/ses.ts";
import { useService } from "./service.ts";

/** A single mail as SES was asked to send it. */
export type SentMail = {
  to: string;
  from: string;
  subject: string;
  html: string;
  text: string;
  tags: Record<string, string>;
  headers: Record<string, string>;
  configurationSet: string;
};

type Pairs = { Name: string; Value: string }[];
type Request = {
  FromEmailAddress: string;
  Destination: { ToAddresses: string[] };
  ConfigurationSetName: string;
  EmailTags: Pairs;
  Content: {
    Simple: {
      Subject: { Data: string };
      Body: { Html: { Data: string }; Text: { Data: string } };
      Headers?: Pairs;
    };
  };
};

/**
 * Gives the tests of a file an SES that takes single mails and remembers them, emptied before each test. `refusing`
 * makes it answer the next so many with an error of this name, or, for `lost`, take the mail and lose the answer.
 */
export function useSes(): {
  mails: SentMail[];
  refusing: (times: number, error: string) => void;
  quota: (left: number) => void;
} {
  const mails: SentMail[] = [];
  let refusals: string[] = [];
  let left = 50_000;
  const answer: RequestListener = async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    response.setHeader("content-type", "application/json");
    if (request.url?.endsWith("/account")) {
      const SendQuota = { MaxSendRate: 500, Max24HourSend: 50_000, SentLast24Hours: 50_000 - left };
      response.end(JSON.stringify({ SendQuota }));
      return;
    }
    const error = refusals.shift();
    if (error && error !== "lost") {
      response.statusCode = 400;
      response.setHeader("x-amzn-errortype", error);
      response.end(JSON.stringify({ message: error }));
      return;
    }
    mails.push(mailOf(JSON.parse(Buffer.concat(chunks).toString())));
    if (error) request.socket.destroy();
    else response.end(JSON.stringify({ MessageId: `message-${mails.length}` }));
  };
  useService(answer, (url) => ({
    AWS_ENDPOINT_URL_SESV2: url,
    CONFIGURATION_SET_NAME: "Sapa",
    PUBLIC_URL: "https://links.example",
  }));
  beforeEach(() => {
    mails.length = 0;
    refusals = [];
    left = 50_000;
    forgetQuota();
  });
  return {
    mails,
    refusing: (times, error) => {
      refusals = Array.from({ length: times }, () => error);
    },
    quota: (number) => {
      left = number;
    },
  };
}

function mailOf({
  FromEmailAddress,
  Destination,
  ConfigurationSetName,
  EmailTags,
  Content,
}: Request): SentMail {
  const { Subject, Body, Headers = [] } = Content.Simple;
  const map = (pairs: Pairs) => Object.fromEntries(pairs.map(({ Name, Value }) => [Name, Value]));
  return {
    to: Destination.ToAddresses.join(),
    from: FromEmailAddress,
    subject: Subject.Data,
    html: Body.Html.Data,
    text: Body.Text.Data,
    tags: map(EmailTags),
    headers: map(Headers),
    configurationSet: ConfigurationSetName,
  };
}
