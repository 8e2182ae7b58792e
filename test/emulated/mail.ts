import { GetConfigurationSetEventDestinationsCommand, SESv2Client } from "@aws-sdk/client-sesv2";
import type { Host } from "../../local/contract.ts";
import { awsCalls } from "../../local/http/aws-calls.ts";
import { listen } from "../../local/http/listen.ts";
import type { Email } from "../../local/services/mailbox.ts";
import { ses } from "../../local/services/ses.ts";
import { type Emulator, publishAsAws } from "./deviations.ts";

export type Mail = {
  /** For AWS_ENDPOINT_URL_SESV2. */
  url: string;
  /** What an address got, in order of arrival. */
  to: (address: string) => Email[];
  /** Sends with a configuration set as the emulator's CloudFormation made it; events go to the emulator's bus. */
  adopt: (configurationSet: string, emulator: Emulator) => Promise<void>;
  stop: () => Promise<void>;
};

/** The local host's SES (aws-ses-v2-local), on the machine's own time. Why not the emulator's: deviations.ts. */
export async function startMail(): Promise<Mail> {
  let bus: Emulator | undefined;
  const refuse = () => Promise.reject(new Error("Only mail is hosted here"));
  const host: Host = {
    clock: { now: Date.now, at: () => () => {} },
    account: "000000000000",
    region: "us-east-1",
    invoke: refuse,
    deliver: refuse,
    async emit(_, event) {
      if (bus) await publishAsAws(bus, event);
    },
    busy: (work) => work,
    allow: () => {},
    trusts: () => false,
  };
  const calls = await listen(
    0,
    awsCalls({
      services: () => [service],
      callerOf: () => "operator",
      guard: () => undefined,
      now: Date.now,
      written: async () => {},
      onError: (error, what) => console.error(what, error),
    }),
  );
  const url = `${calls.url}/sesv2`;
  const service = ses(host, { url, inboxPort: 0 });
  await service.start?.();
  return {
    url,
    to: (address) => service.mails().filter(({ destination }) => destination.to.join().includes(address)),
    async adopt(ConfigurationSetName, emulator) {
      bus = emulator;
      const made = await new SESv2Client(emulator).send(
        new GetConfigurationSetEventDestinationsCommand({ ConfigurationSetName }),
      );
      const resource = (type: string, properties: Record<string, unknown>) =>
        service.create({ logicalId: ConfigurationSetName, type: `AWS::SES::${type}`, properties });
      await resource("ConfigurationSet", { Name: ConfigurationSetName });
      for (const EventDestination of made.EventDestinations ?? []) {
        await resource("ConfigurationSetEventDestination", { ConfigurationSetName, EventDestination });
      }
    },
    async stop() {
      await service.stop();
      await calls.stop();
    },
  };
}
