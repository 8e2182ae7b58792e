import { randomBytes, randomInt, randomUUID } from "node:crypto";
import type { Host, Resource, Service, ServiceOptions } from "../contract.ts";
import { Journal, Records } from "../journal.ts";
import { allowOnly, nameOf, refuse } from "./properties.ts";
import { AwsError, answerJson, isObject, type Json, text } from "./protocol.ts";

type Secret = { name: string; arn: string; value: string; version: string; createdAt: number };

const GENERATOR_PROPERTIES = [
  ...["SecretStringTemplate", "GenerateStringKey", "PasswordLength", "ExcludeCharacters", "ExcludeLowercase"],
  ...["ExcludeNumbers", "ExcludePunctuation", "ExcludeUppercase", "IncludeSpace", "RequireEachIncludedType"],
];

/** Secrets Manager: secrets that a template generates, once if there is a folder to keep them in. */
export function secrets(host: Host, { journal = Journal.none() }: ServiceOptions): Service {
  const secrets = new Map<string, Secret>();
  const records = new Records<Secret>(journal, "secrets");
  const kept = new Map(records.take());

  function create(resource: Resource): Secret {
    allowOnly(resource, ["Name", "Description", "GenerateSecretString", "SecretString", "KmsKeyId", "Tags"]);
    const name = nameOf(resource, "Name");
    const { GenerateSecretString, SecretString } = resource.properties;
    const value = text(SecretString) ?? generate(resource, GenerateSecretString);
    const arn = `arn:aws:secretsmanager:${host.region}:${host.account}:secret:${name}-${suffix()}`;
    return { name, arn, value, version: randomUUID(), createdAt: host.clock.now() };
  }

  function keep(secret: Secret): void {
    secrets.set(secret.name, secret);
    records.put(secret.name, secret);
  }

  /** A secret is asked for by name, or by ARN with or without its random end. */
  function find(input: Json): Secret {
    const id = text(input.SecretId) ?? "";
    const found = [...secrets.values()].find(
      ({ name, arn }) => id === name || id === arn || id === arn.slice(0, -7),
    );
    if (found) return found;
    throw new AwsError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
  }

  const operations = {
    GetSecretValue(input: Json) {
      const { arn, name, value, version, createdAt } = find(input);
      const stage = text(input.VersionStage) ?? "AWSCURRENT";
      if (stage !== "AWSCURRENT" || (input.VersionId !== undefined && input.VersionId !== version)) {
        throw new AwsError(
          "ResourceNotFoundException",
          "Secrets Manager can't find the specified secret value.",
        );
      }
      const about = { ARN: arn, Name: name, VersionId: version, CreatedDate: createdAt / 1000 };
      return { ...about, SecretString: value, VersionStages: ["AWSCURRENT"] };
    },
    PutSecretValue(input: Json) {
      const secret = find(input);
      if (typeof input.SecretString !== "string") {
        throw new AwsError("InvalidParameterException", "The local host keeps only secrets that are text.");
      }
      const version = text(input.ClientRequestToken) ?? randomUUID();
      keep({ ...secret, value: input.SecretString, version, createdAt: host.clock.now() });
      return { ARN: secret.arn, Name: secret.name, VersionId: version, VersionStages: ["AWSCURRENT"] };
    },
  };

  return {
    types: ["AWS::SecretsManager::Secret"],
    endpoint: "SECRETS_MANAGER",
    async create(resource) {
      const made = create(resource);
      const secret = kept.get(made.name) ?? made;
      keep(secret);
      return { ref: secret.arn, attributes: { Id: secret.arn } };
    },
    answer: (request) => answerJson(request, operations),
    async stop() {},
  };
}

const PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

function generate(resource: Resource, settings: unknown): string {
  if (!isObject(settings)) refuse(resource, "GenerateSecretString=undefined");
  const unknown = Object.keys(settings).find((name) => !GENERATOR_PROPERTIES.includes(name));
  if (unknown !== undefined) refuse(resource, `GenerateSecretString.${unknown}`);
  const isSet = (name: string) => String(settings[name] ?? false) === "true";
  const excluded = text(settings.ExcludeCharacters) ?? "";
  const kinds = [
    isSet("ExcludeLowercase") ? "" : "abcdefghijklmnopqrstuvwxyz",
    isSet("ExcludeUppercase") ? "" : "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    isSet("ExcludeNumbers") ? "" : "0123456789",
    isSet("ExcludePunctuation") ? "" : PUNCTUATION,
    isSet("IncludeSpace") ? " " : "",
  ].map((kind) => [...kind].filter((character) => !excluded.includes(character)));
  const password = randomOf(
    kinds.filter((kind) => kind.length > 0),
    Number(settings.PasswordLength ?? 32),
  );
  const { SecretStringTemplate, GenerateStringKey } = settings;
  if (typeof GenerateStringKey !== "string") return password;
  const template: unknown = JSON.parse(text(SecretStringTemplate) ?? "{}");
  return JSON.stringify({ ...(isObject(template) ? template : {}), [GenerateStringKey]: password });
}

/** Every kind of character occurs, as Secrets Manager promises unless told otherwise. */
function randomOf(kinds: string[][], length: number): string {
  const all = kinds.flat();
  const pick = (from: string[]) => from[randomInt(from.length)] ?? "";
  for (;;) {
    const characters = Array.from({ length }, () => pick(all));
    if (length < kinds.length || kinds.every((kind) => characters.some((one) => kind.includes(one)))) {
      return characters.join("");
    }
  }
}

const suffix = () => randomBytes(6).toString("base64url").replace(/[-_]/g, "x").slice(0, 6);
