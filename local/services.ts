import type { Host, Service } from "./contract.ts";
import { dynamoDb } from "./dynamodb/service.ts";
import { type Events, events } from "./services/events.ts";
import { sqs } from "./services/sqs.ts";

export type ServicesOptions = {
  /** Where a service's calls arrive: `http://127.0.0.1:3003/sqs` for `SQS`. */
  urlOf: (endpoint: string) => string;
  dataDir?: string | undefined;
};

/** Every AWS service that the stack uses, besides Lambda and API Gateway, which are the host itself. */
export function awsServices(host: Host, { urlOf, dataDir }: ServicesOptions) {
  const kept = dataDir ? { dataDir } : {};
  const bus: Events = events(host);
  const services: Service[] = [
    dynamoDb({ ...kept, now: () => host.clock.now() }),
    sqs(host, { url: urlOf("SQS"), dataDir }),
    bus,
  ];
  return { services, emit: bus.emit };
}
