/** Whether a text is what a pattern of a policy stands for. */
export type Matches = (text: string) => boolean;

/** `*` stands for any characters, also none, and `?` for exactly one. */
export function glob(pattern: string): Matches {
  if (pattern === "*") return () => true;
  if (!/[*?]/.test(pattern)) return (text) => text === pattern;
  const source = pattern
    .replace(/[\\^$.|+()[\]{}]/g, "\\$&")
    .replaceAll("*", "[^]*")
    .replaceAll("?", "[^]");
  const expression = new RegExp(`^${source}$`);
  return (text) => expression.test(text);
}

/** An action, `dynamodb:GetItem` or `s3:*`; case does not matter. */
export function actionPattern(pattern: string): Matches {
  const matches = glob(pattern.toLowerCase());
  return (action) => matches(action.toLowerCase());
}

/**
 * An ARN, `arn:aws:ses:us-east-1:000000000000:template/sapa-*`. A wildcard stays within its segment, except in the
 * last one, which may hold colons itself. Case matters.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 */
export function arnPattern(pattern: string): Matches {
  if (!/[*?]/.test(pattern) || pattern === "*") return glob(pattern);
  const segments = segmentsOf(pattern).map(glob);
  return (arn) => {
    const given = segmentsOf(arn);
    return (
      given.length === segments.length && segments.every((matches, index) => matches(given[index] ?? ""))
    );
  };
}

/** `arn`, partition, service, region, account, and the resource with all its colons. */
function segmentsOf(arn: string): string[] {
  const parts = arn.split(":");
  return parts.length > 6 ? [...parts.slice(0, 5), parts.slice(5).join(":")] : parts;
}
