import { STSClient } from "@aws-sdk/client-sts";

/** The Region that was asked for, or that this machine is set up for; `undefined` where there is none. */
export async function regionOf(asked: string | undefined): Promise<string | undefined> {
  if (asked) return asked;
  try {
    return await new STSClient({}).config.region();
  } catch {
    return undefined;
  }
}
