import { join } from "node:path";
import type { Host, Service } from "./contract.ts";
import { dynamoDb } from "./dynamodb/service.ts";
import type { Journal } from "./journal.ts";
import { events } from "./services/events.ts";
import { s3 } from "./services/s3.ts";
import { scheduler } from "./services/scheduler.ts";
import { secrets } from "./services/secrets.ts";
import { type Ses, type SesOptions, ses } from "./services/ses.ts";
import { sqs } from "./services/sqs.ts";

/** What SES allows the account, and how late its events are. */
export type SendingOptions = Pick<
  SesOptions,
  "maxSendRate" | "max24HourSend" | "templateCallsPerSecond" | "feedbackLag"
>;

export type ServicesOptions = {
  /** Where a service's calls arrive: `http://127.0.0.1:3003/sqs` for `SQS`. */
  urlOf: (endpoint: string) => string;
  /** Where the inbox page opens; 0 takes a free port. */
  inboxPort: number;
  /** The secret of an access key that the host has given out. */
  secretOf: (accessKey: string) => string | undefined;
  /** Folder of tables and objects between starts; in memory without it. */
  dataDir?: string | undefined;
  /** Where everything else is kept. */
  journal: Journal;
  sending?: SendingOptions | undefined;
};

export type AwsServices = {
  services: Service[];
  ses: Ses;
  emit: Host["emit"];
};

/** Every AWS service that the stack uses, besides Lambda and API Gateway, which are the host itself. */
export function awsServices(
  host: Host,
  { urlOf, inboxPort, secretOf, dataDir, journal, sending }: ServicesOptions,
): AwsServices {
  const at = (endpoint: string) => ({ url: urlOf(endpoint), journal });
  const bus = events(host, journal);
  const mail = ses(host, { ...at("SESV2"), inboxPort, ...sending });
  const tables = dynamoDb({
    ...(dataDir && { dataDir: join(dataDir, "tables") }),
    now: () => host.clock.now(),
  });
  const services = [
    tables,
    secrets(host, at("SECRETS_MANAGER")),
    s3(host, { ...at("S3"), secretOf, folder: dataDir && join(dataDir, "objects") }),
    bus,
    scheduler(host, at("SCHEDULER")),
    mail,
    sqs(host, at("SQS")),
  ];
  return { services, ses: mail, emit: bus.emit };
}
