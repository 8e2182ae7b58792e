/**
 * Prints the admin key of a deployed Sapa, for whoever may read its secret:
 *
 *     npm run --silent admin-key -- arn:aws:secretsmanager:ap-southeast-3:123456789012:secret:keyssecret…
 */
const [arn = ""] = process.argv.slice(2);
if (!/^arn:[\w-]+:secretsmanager:[\w-]+:\d{12}:secret:.+$/.test(arn)) {
  console.error("Give the secret's ARN, which the deployment printed as KeysSecretArn");
  process.exit(1);
}
process.env.KEYS_SECRET_ARN = arn;
process.env.AWS_REGION ??= arn.split(":")[3];
// Only now, since the SDK reads the region when its client is made.
const { keys } = await import("../core/secrets.ts");
console.log((await keys()).adminKey);
