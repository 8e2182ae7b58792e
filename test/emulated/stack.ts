import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runProgram } from "../emulators/processes.ts";

const project = fileURLToPath(new URL("../..", import.meta.url));

export type Outputs = { ApiUrl: string; PublicUrl: string; EventBusName: string; KeysSecretArn: string };

/** The CDK command line as an operator uses it, against whatever answers for AWS in `environment`. */
export async function cdkWith(environment: Record<string, string | undefined>) {
  const folder = await mkdtemp(join(tmpdir(), "sapa-deployed-"));
  const outputs = join(folder, "outputs.json");
  const run = (...words: string[]) =>
    runProgram(["npx", "cdk", ...words, "--output", join(folder, "cdk.out"), "--no-notices"], {
      environment: { ...environment, CI: "true" },
      folder: project,
    });
  return {
    bootstrap: () => run("bootstrap"),
    /** Deploys with these values of `-c`; answers the stack's outputs. */
    async deploy(...context: string[]): Promise<Outputs> {
      const given = context.flatMap((value) => ["-c", value]);
      await run("deploy", ...given, "--require-approval", "never", "--outputs-file", outputs);
      return JSON.parse(await readFile(outputs, "utf8")).Sapa;
    },
    destroy: () => run("destroy", "--force"),
    /** The operator's key, as docs/deploy.md has it shown. */
    adminKey: async (secretArn: string) =>
      (
        await runProgram(["npm", "run", "--silent", "admin-key", "--", secretArn], {
          environment,
          folder: project,
        })
      )
        .trim()
        .split("\n")
        .at(-1) ?? "",
    forget: () => rm(folder, { recursive: true, force: true }),
  };
}
