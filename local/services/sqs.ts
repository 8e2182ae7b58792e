import type { Created, Host, Resource, Service, ServiceOptions } from "../contract.ts";
import { EventSourceMapping } from "./event-source-mapping.ts";
import { allowOnly, lastOfArn, nameOf, numberOf, refuse } from "./properties.ts";
import { AwsError, answerJson, isObject } from "./protocol.ts";
import { type Message, Queue, type QueueSettings } from "./queue.ts";
import { queueOperations } from "./queue-operations.ts";
import { Snapshot } from "./snapshots.ts";

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
  const snapshot = new Snapshot<Record<string, Message[]>>(options.dataDir, "sqs", () =>
    Object.fromEntries([...queues.values()].map((queue) => [queue.settings.name, queue.messages()])),
  );
  const kept = snapshot.restore() ?? {};
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
    const queue = new Queue(settings, host.clock, { bury, changed: () => snapshot.changed() });
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
      // Receipts do not outlive the process that held them, so what was in flight comes back as it would in time.
      for (const [name, messages] of Object.entries(kept)) {
        for (const message of messages) queues.get(name)?.put(message);
      }
      for (const mapping of mappings) mapping.start();
    },
    async stop() {
      for (const mapping of mappings) mapping.stop();
      for (const queue of queues.values()) queue.stop();
      snapshot.save();
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
