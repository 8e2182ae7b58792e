import type { Created, Host, Resource, Service, ServiceOptions } from "../contract.ts";
import { Journal, Records } from "../journal.ts";
import { EventSourceMapping } from "./event-source-mapping.ts";
import { allowOnly, lastOfArn, nameOf, numberOf, refuse } from "./properties.ts";
import { AwsError, answerJson, isObject } from "./protocol.ts";
import { type Message, Queue, type QueueSettings } from "./queue.ts";
import { queueOperations } from "./queue-operations.ts";

const QUEUE_PROPERTIES = [
  ...["QueueName", "DelaySeconds", "VisibilityTimeout", "MessageRetentionPeriod", "MaximumMessageSize"],
  ...["ReceiveMessageWaitTimeSeconds", "RedrivePolicy", "RedriveAllowPolicy", "Tags"],
  // Encryption changes nothing that a caller with the rights could see.
  ...["SqsManagedSseEnabled", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds"],
];

/** Queues, and the event source mappings that feed them to functions. */
export function sqs(host: Host, options: ServiceOptions): Service {
  const queues = new Map<string, Queue>();
  const mappings: EventSourceMapping[] = [];
  const records = new Records<{ queue: string; message: Message }>(
    options.journal ?? Journal.none(),
    "messages",
  );
  const urlOf = (name: string) => `${options.url}/${host.account}/${name}`;
  const byArn = (arn: string): Queue | undefined => {
    const queue = queues.get(lastOfArn(arn));
    return queue?.settings.arn === arn ? queue : undefined;
  };

  function createQueue(resource: Resource): Created {
    const settings = settingsOf(resource, host);
    const bury = (message: Message) => {
      const grave = settings.redrive && byArn(settings.redrive.deadLetterArn);
      if (!grave)
        throw new Error(`${settings.name}'s dead-letter queue ${settings.redrive?.deadLetterArn} is missing`);
      const source = message.deadLetterSource ?? settings.arn;
      grave.put({ ...message, ...fresh, deadLetterSource: source, visibleAt: host.clock.now() });
    };
    const keyOf = (id: string) => `${settings.name}/${id}`;
    const queue = new Queue(settings, host.clock, {
      bury,
      keep: (message) => records.put(keyOf(message.id), { queue: settings.name, message: { ...message } }),
      forget: (id) => records.delete(keyOf(id)),
    });
    queues.set(settings.name, queue);
    return {
      ref: urlOf(settings.name),
      attributes: { Arn: settings.arn, QueueName: settings.name, QueueUrl: urlOf(settings.name) },
    };
  }

  const operations = queueOperations({
    byArn,
    urlOf,
    byUrl: (url) => {
      const queue = queues.get(url.split("/").at(-1) ?? "");
      if (!queue) throw new AwsError("QueueDoesNotExist", "The specified queue does not exist.");
      return queue;
    },
    all: () => [...queues.values()],
  });

  return {
    types: ["AWS::SQS::Queue", "AWS::SQS::QueuePolicy", "AWS::Lambda::EventSourceMapping"],
    endpoint: "SQS",
    async create(resource) {
      if (resource.type === "AWS::SQS::Queue") return createQueue(resource);
      // Who may send is for IAM to say; nobody from outside can reach the local host.
      if (resource.type === "AWS::SQS::QueuePolicy") return { ref: resource.logicalId, attributes: {} };
      const mapping = new EventSourceMapping(resource, host, byArn);
      mappings.push(mapping);
      return {
        ref: resource.logicalId,
        attributes: { Id: resource.logicalId, EventSourceMappingArn: mapping.arn },
      };
    },
    answer: (request) => answerJson(request, operations),
    deliver(targetArn, payload, { messageGroupId } = {}) {
      const queue = byArn(targetArn);
      if (!queue) return undefined;
      queue.send({ body: payload, group: messageGroupId });
      return Promise.resolve();
    },
    async start() {
      // What was in flight comes back when its visibility timeout ends: the function that had it is gone.
      const kept = records.take().map(([, record]) => record);
      for (const { queue, message } of kept.sort((a, b) => a.message.sentAt - b.message.sentAt)) {
        queues.get(queue)?.restore(message);
      }
      for (const mapping of mappings) mapping.start();
    },
    async stop() {
      for (const mapping of mappings) mapping.stop();
      for (const queue of queues.values()) queue.stop();
    },
  };
}

const fresh = { receiveCount: 0, firstReceivedAt: undefined, handle: undefined };

function settingsOf(resource: Resource, host: Host): QueueSettings {
  allowOnly(resource, QUEUE_PROPERTIES);
  const { RedrivePolicy } = resource.properties;
  let redrive: QueueSettings["redrive"];
  if (RedrivePolicy !== undefined) {
    const policy: unknown = typeof RedrivePolicy === "string" ? JSON.parse(RedrivePolicy) : RedrivePolicy;
    const { deadLetterTargetArn, maxReceiveCount } = isObject(policy) ? policy : {};
    if (typeof deadLetterTargetArn !== "string" || !(Number(maxReceiveCount) >= 1)) {
      refuse(resource, `RedrivePolicy=${JSON.stringify(policy)}`);
    }
    redrive = { deadLetterArn: deadLetterTargetArn, maxReceiveCount: Number(maxReceiveCount) };
  }
  const name = nameOf(resource, "QueueName");
  return {
    name,
    redrive,
    arn: `arn:aws:sqs:${host.region}:${host.account}:${name}`,
    delay: numberOf(resource, "DelaySeconds", 0),
    visibilityTimeout: numberOf(resource, "VisibilityTimeout", 30),
    retention: numberOf(resource, "MessageRetentionPeriod", 345_600),
    maximumSize: numberOf(resource, "MaximumMessageSize", 1_048_576),
    waitTime: numberOf(resource, "ReceiveMessageWaitTimeSeconds", 0),
  };
}
