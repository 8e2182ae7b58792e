import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { bundle } from "./bundle.ts";
import { functionNames } from "./functions.ts";
import { settingsFrom } from "./settings.ts";
import { SapaStack } from "./stack.ts";

/**
 * Bundles the functions and synthesises the stack, without asking AWS anything: account and region are the
 * deployer's. CDK's validation of the template takes longer than all the rest, so it is left to the CLI, which
 * names itself: what only runs on this machine does not wait for it.
 */
const app = new App({ builtinCloudFormationValidation: process.env.CDK_CLI_VERSION !== undefined });
const settings = settingsFrom(app.node);
const bundles = await mkdtemp(join(tmpdir(), "sapa-bundles-"));
await bundle(functionNames, bundles);
new SapaStack(app, { settings, bundleOf: (name) => join(bundles, name) });
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();
// CDK has copied what it needs into its own output.
await rm(bundles, { recursive: true });
