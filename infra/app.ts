import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { bundle } from "./bundle.ts";
import { functionNames } from "./functions.ts";
import { settingsFrom } from "./settings.ts";
import { SapaStack } from "./stack.ts";

/** Bundles the functions and synthesises the stack, without asking AWS anything: account and region are the deployer's. */
const bundles = fileURLToPath(new URL("../dist/functions", import.meta.url));
const app = new App();
const settings = settingsFrom(app.node);
await bundle(functionNames, bundles);
new SapaStack(app, { settings, bundleOf: (name) => join(bundles, name) });
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();
