import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runProgram } from "../emulators/processes.ts";
import { adapt } from "./deviations.ts";

const project = fileURLToPath(new URL("../..", import.meta.url));

export type Outputs = { ApiUrl: string; PublicUrl: string; EventBusName: string; KeysSecretArn: string };

/** The CDK command line as an operator uses it, against whatever answers for AWS in `environment`. */
export async function cdkWith(environment: Record<string, string | undefined>) {
  const folder = await mkdtemp(join(tmpdir(), "sapa-deployed-"));
  const outputs = join(folder, "outputs.json");
  const assembly = join(folder, "cdk.out");
  const cdk = (...words: string[]) =>
    runProgram(["npx", "cdk", ...words, "--no-notices"], {
      environment: { ...environment, CI: "true" },
      folder: project,
    });
  return {
    bootstrap: () => cdk("bootstrap", "aws://000000000000/us-east-1"),
    /** Deploys with these values of `-c`; answers the stack's outputs. */
    async deploy(...context: string[]): Promise<Outputs> {
      const given = context.flatMap((value) => ["-c", value]);
      await cdk("synth", ...given, "--quiet", "--output", assembly);
      await adapt(join(assembly, "Sapa.template.json"));
      const quietly = ["--require-approval", "never", "--outputs-file", outputs];
      await cdk("deploy", "--app", assembly, ...quietly);
      return JSON.parse(await readFile(outputs, "utf8")).Sapa;
    },
    destroy: () => cdk("destroy", "--app", assembly, "--force"),
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
