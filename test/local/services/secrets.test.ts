import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { afterEach, beforeEach, expect, test } from "vitest";
import { secrets } from "../../../local/services/secrets.ts";
import { client, fakeHost, serve, useJournal } from "./support.ts";

const journals = useJournal();

let served: Awaited<ReturnType<typeof serve>>;
let calls: SecretsManagerClient;

const create = (GenerateSecretString: Record<string, unknown>, service = served.service) =>
  service.create({
    logicalId: "Keys",
    type: "AWS::SecretsManager::Secret",
    properties: { GenerateSecretString },
  });
const stored = async (SecretId: string) =>
  (await calls.send(new GetSecretValueCommand({ SecretId }))).SecretString ?? "";

beforeEach(async () => {
  served = await serve((url) => secrets(fakeHost(), { url }));
  calls = new SecretsManagerClient({ ...client, endpoint: served.url });
});
afterEach(() => served.close());

test("a secret is generated into its template, and read by ARN or name", async () => {
  const { ref } = await create({
    SecretStringTemplate: '{"previousRoots":[]}',
    GenerateStringKey: "root",
    PasswordLength: 64,
    ExcludePunctuation: true,
  });
  expect(ref).toMatch(/^arn:aws:secretsmanager:us-east-1:000000000000:secret:Keys-[A-Za-z0-9]{6}$/);
  expect(JSON.parse(await stored(ref))).toEqual({
    previousRoots: [],
    root: expect.stringMatching(/^[A-Za-z0-9]{64}$/),
  });
  expect(await stored("Keys")).toBe(await stored(ref));
});

test("a generated password keeps to its alphabet, with every kind of character that it includes", async () => {
  const { ref } = await create({ PasswordLength: 8, ExcludeCharacters: "abc", ExcludeUppercase: true });
  const password = await stored(ref);
  expect(password).toMatch(/^[^abcA-Z ]{8}$/);
  for (const kind of [/[a-z]/, /\d/, /[^a-z\d]/]) expect(password).toMatch(kind);
});

test("a secret can be replaced", async () => {
  const { ref } = await create({});
  await calls.send(new PutSecretValueCommand({ SecretId: ref, SecretString: "new" }));
  expect(await stored(ref)).toBe("new");
});

test("a secret that doesn't exist is not found, and a setting that is not understood is refused", async () => {
  await expect(stored("none")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  await expect(create({ Alphabet: "x" })).rejects.toThrow("GenerateSecretString.Alphabet");
});

test("a secret stays the same between starts when it is given a folder", async () => {
  const values = [];
  for (let start = 0; start < 2; start += 1) {
    const journal = await journals.restart();
    const one = await serve((url) => secrets(fakeHost(), { url, journal }));
    const { ref } = await create({}, one.service);
    const own = new SecretsManagerClient({ ...client, endpoint: one.url });
    values.push([ref, (await own.send(new GetSecretValueCommand({ SecretId: ref }))).SecretString]);
    await one.close();
  }
  expect(values[0]).toEqual(values[1]);
});
