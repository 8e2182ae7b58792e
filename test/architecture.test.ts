import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { functionNames } from "../infra/functions.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const folders = ["core", "doctor", "functions", "infra", "local", "templates"];
const files = folders.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length)),
);
const sources = files.filter((file) => file.endsWith(".ts"));
const textOf = (file: string) => readFileSync(join(root, file), "utf8");

/** Without comments, so that one that mentions an import is not taken for it; strings that hold `//` keep it after a colon. */
const codeOf = (file: string) =>
  textOf(file)
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/(^|[^:"'`\w])\/\/.*$/gm, "$1");

/** What a source imports, statically, dynamically or for its types: paths from the root, or names of packages. */
function importsOf(file: string): string[] {
  const patterns = [
    /(?:^|[;\n}])\s*(?:import|export)\s(?:[^"'`;()]*?\sfrom\s*)?"([^"]+)"/g,
    /\bimport\(\s*"([^"]+)"\s*\)/g,
  ];
  return patterns
    .flatMap((pattern) => [...codeOf(file).matchAll(pattern)].map(([, name = ""]) => name))
    .map((name) => (name.startsWith(".") ? normalize(join(dirname(file), name)) : name));
}

const edges = sources.flatMap((file) => importsOf(file).map((imported) => ({ file, imported })));
const folderOf = (path: string) => path.split("/")[0] ?? "";
const isOwn = (imported: string) => folders.includes(folderOf(imported)) && imported.includes("/");
const broken = (rule: (edge: { file: string; imported: string }) => boolean) =>
  edges.filter(rule).map(({ file, imported }) => `${file} imports ${imported}`);

describe("who may import whom", () => {
  test("imports are found at all", () => {
    expect(edges.filter(({ imported }) => isOwn(imported)).length).toBeGreaterThan(100);
    expect(importsOf("infra/stack.ts")).toEqual(
      expect.arrayContaining(["aws-cdk-lib", "constructs", "infra/tables.ts"]),
    );
  });

  test.each([
    ["core", ["core", "templates"]],
    ["functions", ["functions", "core", "templates"]],
    ["infra", ["infra"]],
    ["doctor", ["doctor", "core"]],
    ["local", ["local"]],
    ["templates", ["templates"]],
  ])("%s imports only from %o of this project", (folder, allowed) => {
    const found = broken(
      ({ file, imported }) =>
        folderOf(file) === folder &&
        isOwn(imported) &&
        !allowed.includes(folderOf(imported)) &&
        !(folder === "infra" && imported === "core/tables.ts") &&
        // The operator's script that shows the admin key derives it as the functions do.
        !(file === "infra/admin-key.ts" && imported === "core/secrets.ts"),
    );
    expect(found).toEqual([]);
  });

  test("core knows nothing of HTTP or Lambda", () => {
    const found = broken(
      ({ file, imported }) =>
        folderOf(file) === "core" &&
        /^(aws-lambda|@middy\/|@aws-lambda-powertools\/|node:https?$|zod-openapi)/.test(imported),
    );
    expect(found).toEqual([]);
  });

  test("only infra speaks of CDK, only local of the emulators, and only one file of MJML", () => {
    const owners: [RegExp, (file: string) => boolean][] = [
      [/^(aws-cdk-lib|constructs|cdk-nag)/, (file) => folderOf(file) === "infra"],
      [/^(dynalite|aws-ses-v2-local)/, (file) => folderOf(file) === "local"],
      [/^mjml/, (file) => file === "core/mail/compile.ts"],
    ];
    const found = broken(({ file, imported }) =>
      owners.some(([name, owns]) => name.test(imported) && !owns(file)),
    );
    expect(found).toEqual([]);
  });

  test("files are imported by their own name, with its ending, and there are no barrels", () => {
    expect(broken(({ imported }) => isOwn(imported) && !/\.(ts|hbs|mjml|json)$/.test(imported))).toEqual([]);
    expect(
      sources.filter((file) => statementsOf(file).every((line) => /^export .* from "/.test(line))),
    ).toEqual([]);
  });
});

describe("the folders", () => {
  test("functions holds one entry file for each deployed function and no other", () => {
    const entries = readdirSync(join(root, "functions")).filter((name) => name.endsWith(".ts"));

    expect(entries.sort()).toEqual(functionNames.map((name) => `${name}.ts`).sort());
  });

  test("no file is named for what it might also hold", () => {
    // Handlebars calls its functions helpers.
    const found = sources.filter(
      (file) =>
        /^(utils?|helpers?|common|misc|shared|index)\.ts$/.test(basename(file)) &&
        file !== "core/mail/helpers.ts",
    );
    expect(found).toEqual([]);
  });

  test("no file is longer than 300 lines", () => {
    const long = files.filter((file) => textOf(file).split("\n").length > 301);

    expect(long).toEqual([]);
  });
});

describe("the code", () => {
  test("the compiler and the linter are never told to look away", () => {
    const found = sources.filter((file) =>
      /@ts-(ignore|expect-error|nocheck)|biome-ignore|eslint-disable/.test(textOf(file)),
    );

    expect(found).toEqual([]);
  });

  test("nothing is of type any", () => {
    expect(
      sources.filter((file) =>
        /(:|\bas|<|,|\|)\s*any\b(?!\s*:)(?=[\s,;)>\]|=[{]|$)/m.test(codeWithoutText(file)),
      ),
    ).toEqual([]);
  });

  test("core never reads a clock: when it is, it is told", () => {
    // A temporary wait is no reading of the time.
    const found = sources.filter(
      (file) =>
        folderOf(file) === "core" &&
        /\bDate\.now\(|\bnew Date\(\)|\bTemporal\.Now\b|\bperformance\.now\(/.test(codeOf(file)),
    );
    expect(found).toEqual([]);
  });

  test("dictionaries of others' names are read by their own entries only", () => {
    const names = "attributes|topics|categories|statistics\\.items|cells";
    const byBrackets = new RegExp(`\\.(${names})\\[(?!\\])`);
    const byIn = new RegExp(`[\\w\\]] in (\\w+\\.)*(${names})\\b`);
    const deployed = sources.filter((file) => ["core", "functions"].includes(folderOf(file)));
    expect(byBrackets.test("customer.attributes[name]") && byIn.test("key in customer.topics")).toBe(true);
    const found = deployed.flatMap((file) =>
      codeOf(file)
        .split("\n")
        .filter((line) => byBrackets.test(line) || byIn.test(line))
        .map((line) => `${file}: ${line.trim()}`),
    );
    expect(found).toEqual([]);
  });

  test("every mail is sent from the address that core/mail/sender.ts allows its business", () => {
    const deployed = sources.filter((file) => ["core", "functions"].includes(folderOf(file)));
    const writers = deployed.filter((file) => /\bFromEmailAddress\b/.test(codeOf(file)));
    const senders = deployed.filter((file) => /new Send\w*Email\w*Command\(/.test(codeOf(file)));
    expect(writers).toEqual(["core/mail/sender.ts"]);
    expect(senders.length).toBeGreaterThanOrEqual(3);
    for (const file of senders) {
      expect(codeOf(file), file).toMatch(/new Send\w*Email\w*Command\(\{\s*\.\.\.sender\(business\),/);
    }
  });

  test("what is deployed has no branch for running locally", () => {
    const found = sources.filter(
      (file) =>
        ["core", "functions"].includes(folderOf(file)) &&
        /AWS_ENDPOINT_URL|localhost|127\.0\.0\.1|NODE_ENV|VITEST/.test(codeOf(file)),
    );
    expect(found).toEqual([]);
  });
});

/** The top level of a file, a line each; a declaration file has none of its own. */
function statementsOf(file: string): string[] {
  return codeOf(file)
    .replace(/\{[^{}]*\}/g, "{}")
    .split("\n")
    .filter(
      (line) =>
        /^(import|export|const|let|function|class|type|async|declare|await|new|\w+\()/.test(line) &&
        !line.startsWith("import"),
    );
}

/** Without what stands between quotes either: prose may say "any". */
function codeWithoutText(file: string): string {
  return codeOf(file).replace(
    /"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`|\/(?![/*])(?:[^/\\\n]|\\.)+\/[a-z]*/g,
    '""',
  );
}
