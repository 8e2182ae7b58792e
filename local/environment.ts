import { pathOf } from "./http/aws-calls.ts";

export const account = "000000000000";
export const region = "us-east-1";

/** Belongs to every access key here: what counts is whose key it is. */
export const secretAccessKey = "local";

/** For calls from outside, as an administrator of the account makes them: `AWS_ACCESS_KEY_ID=… aws sqs …`. */
export const operatorCredentials = { accessKeyId: "AKIALOCALOPERATOR000", secretAccessKey };

/** CloudFormation's pseudo parameters. */
export const pseudoParameters: Record<string, string> = {
  "AWS::AccountId": account,
  "AWS::Region": region,
  "AWS::Partition": "aws",
  "AWS::URLSuffix": "amazonaws.com",
  "AWS::StackName": "Sapa",
  "AWS::StackId": `arn:aws:cloudformation:${region}:${account}:stack/Sapa/local`,
};

/** What Lambda tells every function, and where the host answers for AWS. */
export function functionEnvironment(awsUrl: string, endpoints: readonly string[]): Record<string, string> {
  const urls = endpoints.map((endpoint) => [`AWS_ENDPOINT_URL_${endpoint}`, `${awsUrl}${pathOf(endpoint)}`]);
  return {
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
    // Whatever is configured on this machine, no call may reach a real account.
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_ENDPOINT_URL: `${awsUrl}/unhosted`,
    ...Object.fromEntries(urls),
  };
}
