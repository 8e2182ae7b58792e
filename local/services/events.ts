import { randomUUID } from "node:crypto";
import type { Created, Host, Resource, Service } from "../contract.ts";
import { Journal, Records } from "../journal.ts";
import { compilePattern, type Matcher } from "./event-pattern.ts";
import { allowOnly, lastOfArn, nameOf, refuse } from "./properties.ts";
import { AwsError, answerJson, isObject, type Json, objects, strings, text } from "./protocol.ts";
import { compileInput, type Input } from "./rule-input.ts";
import { readExpression } from "./schedule-expression.ts";
import { Deliveries, readTarget, type Target } from "./target-delivery.ts";

type Rule = {
  name: string;
  arn: string;
  bus: string;
  matches: Matcher;
  targets: (Target & { input: Input })[];
};
type Emitted = Parameters<Host["emit"]>[1];

/** `emit` is what the host's own `emit` calls. */
export type Events = Service & { emit: Host["emit"] };

const BUS_PROPERTIES = [
  "Name",
  "Description",
  "KmsKeyIdentifier",
  "LogConfig",
  "DeadLetterConfig",
  "Policy",
  "Tags",
];
const RULE_PROPERTIES = [
  ...[
    "Name",
    "Description",
    "EventBusName",
    "EventPattern",
    "ScheduleExpression",
    "State",
    "Targets",
    "RoleArn",
  ],
  "Tags",
];
const TARGET_PROPERTIES = [
  ...["Arn", "Id", "RoleArn", "Input", "InputPath", "InputTransformer", "RetryPolicy", "DeadLetterConfig"],
  "SqsParameters",
];
const LARGEST_REQUEST = 1_048_576;

/** Event buses, and the rules that carry events from them, or the time, to targets. */
export function events(host: Host, journal = Journal.none()): Events {
  const buses = new Set(["default"]);
  const rules: Rule[] = [];
  const timers: { start(): void; stop(): void }[] = [];
  const deliveries = new Deliveries(host, new Records(journal, "event-deliveries"));
  const arnOf = (resource: string) => `arn:aws:events:${host.region}:${host.account}:${resource}`;

  function createBus(resource: Resource): Created {
    allowOnly(resource, BUS_PROPERTIES);
    const name = nameOf(resource, "Name");
    buses.add(name);
    return { ref: name, attributes: { Arn: arnOf(`event-bus/${name}`), Name: name } };
  }

  function createRule(resource: Resource): Created {
    allowOnly(resource, RULE_PROPERTIES);
    const { EventBusName, EventPattern, ScheduleExpression, State, Targets } = resource.properties;
    const bus = busNameOf(EventBusName);
    const name = nameOf(resource, "Name");
    const arn = arnOf(bus === "default" ? `rule/${name}` : `rule/${bus}/${name}`);
    const matches = EventPattern === undefined ? () => false : compilePattern(EventPattern);
    const targets = objects(Targets).map((target) => {
      const unknown = Object.keys(target).find((property) => !TARGET_PROPERTIES.includes(property));
      if (unknown !== undefined) refuse(resource, `Targets.${unknown}`);
      return { ...readTarget(target), input: compileInput(target) };
    });
    const rule = { name, arn, bus, matches, targets };
    if (State !== "DISABLED") {
      rules.push(rule);
      if (typeof ScheduleExpression === "string") timers.push(timerOf(rule, ScheduleExpression));
    }
    return { ref: bus === "default" ? name : `${bus}|${name}`, attributes: { Arn: arn } };
  }

  function timerOf(rule: Rule, expression: string) {
    let cancel: (() => void) | undefined;
    const times = readExpression(expression, "UTC", host.clock.now());
    if (times.kind === "at")
      throw new Error(`${rule.name}: a rule takes rate(…) or cron(…), not ${expression}`);
    const arm = () => {
      const due = times.next(host.clock.now());
      if (due === undefined) return;
      const fire = () => {
        arm();
        const event = { source: "aws.events", "detail-type": "Scheduled Event", detail: {} };
        send(rule, { ...envelope(event), time: secondOf(due), resources: [rule.arn] });
      };
      cancel = host.clock.at(due, fire, `the rule ${rule.name}`);
    };
    return { start: arm, stop: () => cancel?.() };
  }

  function send(rule: Rule, event: Json): void {
    const context = { ruleArn: rule.arn, ruleName: rule.name, ingestedAt: secondOf(host.clock.now()) };
    for (const target of rule.targets) {
      const payload = target.input(event, context);
      const by = { service: "events.amazonaws.com", source: rule.arn };
      void deliveries.begin({ ...by, target: targetOf(target), payload });
    }
  }

  function publish(bus: string, event: Json): void {
    for (const rule of rules) if (rule.bus === bus && rule.matches(event)) send(rule, event);
  }

  function envelope(event: Emitted, resources: string[] = []): Json {
    const time = event.time === undefined ? host.clock.now() : Date.parse(event.time);
    return {
      version: "0",
      id: randomUUID(),
      "detail-type": event["detail-type"],
      source: event.source,
      account: host.account,
      time: secondOf(time),
      region: host.region,
      resources,
      detail: event.detail,
    };
  }

  function putEvents(input: Json) {
    const entries = objects(input.Entries);
    if (entries.length < 1 || entries.length > 10) {
      throw new AwsError("ValidationException", "1 to 10 entries can be put at once.");
    }
    const size = entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
    if (size > LARGEST_REQUEST)
      throw new AwsError("ValidationException", "Total size of the entries is over the limit.");
    const Entries = entries.map((entry) => {
      const problem = problemOf(entry);
      if (problem) return problem;
      const bus = busNameOf(entry.EventBusName);
      if (!buses.has(bus))
        throw new AwsError("ResourceNotFoundException", `Event bus ${bus} does not exist.`);
      const emitted = {
        source: String(entry.Source),
        "detail-type": String(entry.DetailType),
        detail: JSON.parse(String(entry.Detail)),
        ...(typeof entry.Time === "number" ? { time: new Date(entry.Time * 1000).toISOString() } : {}),
      };
      const event = envelope(emitted, strings(entry.Resources));
      publish(bus, event);
      return { EventId: event.id };
    });
    return { FailedEntryCount: Entries.filter((entry) => "ErrorCode" in entry).length, Entries };
  }

  return {
    types: ["AWS::Events::EventBus", "AWS::Events::EventBusPolicy", "AWS::Events::Rule"],
    endpoint: "EVENTBRIDGE",
    async create(resource) {
      if (resource.type === "AWS::Events::EventBus") return createBus(resource);
      if (resource.type === "AWS::Events::Rule") return createRule(resource);
      // Policies admit other accounts; there is only one here.
      return { ref: resource.logicalId, attributes: {} };
    },
    answer: (request) => answerJson(request, { PutEvents: putEvents }),
    deliver(targetArn, payload) {
      const bus = busNameOf(targetArn);
      if (targetArn !== arnOf(`event-bus/${bus}`) || !buses.has(bus)) return undefined;
      const event: unknown = JSON.parse(payload);
      if (isObject(event)) publish(bus, event);
      return Promise.resolve();
    },
    async emit(bus, event) {
      if (!buses.has(bus)) throw new Error(`No event bus is called ${bus}`);
      publish(bus, envelope(event));
    },
    async start() {
      for (const rule of rules) {
        if (!buses.has(rule.bus))
          throw new Error(`The rule ${rule.name} is for the bus ${rule.bus}, which is not hosted`);
      }
      for (const timer of timers) timer.start();
      deliveries.resume();
    },
    async stop() {
      for (const timer of timers) timer.stop();
    },
  };
}

/** A bus is named or given by ARN, `arn:aws:events:us-east-1:000000000000:event-bus/orders`. */
const busNameOf = (given: unknown): string => lastOfArn(text(given) ?? "default").replace(/^event-bus\//, "");

/** A rule's target without what makes its input, which is made once. */
const targetOf = ({ input: _, ...target }: Rule["targets"][number]): Target => target;

/** EventBridge's times have whole seconds. */
const secondOf = (epoch: number): string => `${new Date(epoch).toISOString().slice(0, 19)}Z`;

function problemOf(entry: Json): { ErrorCode: string; ErrorMessage: string } | undefined {
  const { Source, DetailType, Detail } = entry;
  for (const [name, value] of Object.entries({ Source, DetailType, Detail })) {
    if (typeof value === "string" && value !== "") continue;
    return {
      ErrorCode: "InvalidArgument",
      ErrorMessage: `Parameter ${name} is not valid. Reason: it is required.`,
    };
  }
  if (String(Source).startsWith("aws.")) {
    return { ErrorCode: "NotAuthorizedForSourceException", ErrorMessage: "Not authorized for the source." };
  }
  try {
    if (isObject(JSON.parse(String(Detail)))) return undefined;
  } catch {
    // Malformed, like JSON that is not an object.
  }
  return { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." };
}

/** The size that EventBridge counts: 14 bytes for a time, the text of the rest. */
function sizeOf({ Source, DetailType, Detail, Resources, Time }: Json): number {
  const parts = [Source, DetailType, Detail, ...strings(Resources)].map((part) =>
    Buffer.byteLength(text(part) ?? ""),
  );
  return parts.reduce((sum, part) => sum + part, Time === undefined ? 0 : 14);
}
