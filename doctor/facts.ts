/** What was answered, or why it was not: the name of the error, `AccessDeniedException`. */
export type Asked<T> = { answer: T } | { fault: string };

/** What the owner means to do, as far as it was said. */
export type Plan = {
  /** How many customers one mailing may go to. */
  customers: number;
  /** The stack's name. */
  name: string;
  region: string | undefined;
  /** The domain to send from; where it was not said, the one that the stack was deployed with. */
  domain: string | undefined;
};

/** All that the doctor looks at: what AWS and the domain's name servers answer. Judging it needs nothing else. */
export type Facts = {
  plan: Plan;
  account: Asked<{ id: string }>;
  ses: Asked<SesAccount>;
  /** `undefined` when SES does not know the domain. */
  identity: Asked<Identity | undefined>;
  dns: Dns;
  /** How many functions may run at once. */
  concurrency: Asked<number>;
  /** How SES rendered the probe template: where it differs from Sapa's own rendering, or nothing. */
  probe: Asked<{ difference: string | undefined }>;
  /** `undefined` when nothing of that name is deployed. */
  stack: Asked<DeployedStack | undefined>;
  alarms: Asked<AlarmState[]>;
};

export type SesAccount = {
  production: boolean;
  sendingEnabled: boolean;
  /** `HEALTHY`, `PROBATION` or `SHUTDOWN`. */
  enforcement: string;
  /** Mails in 24 hours; -1 without a limit. */
  daily: number;
  /** Mails a second. */
  rate: number;
};

export type Identity = {
  verified: boolean;
  /** `SUCCESS`, `PENDING`, `FAILED`, …: whether mails are signed for the domain. */
  dkim: string;
  /** The names under `_domainkey` by which SES finds that the domain is the owner's. */
  dkimTokens: readonly string[];
  /** Where those names lead, in most Regions `dkim.amazonses.com`. */
  dkimZone: string;
  /** The return path, where it is of the domain itself. */
  mailFrom?: { domain: string; status: string };
};

/** The records of the domain; each list is empty where there is none. */
export type Dns = {
  dmarc: Asked<string[]>;
  /** Of each DKIM token, where its name leads. */
  dkim: Asked<{ token: string; leadsTo: string[] }[]>;
  returnPath: { mx: Asked<string[]>; spf: Asked<string[]> };
};

export type DeployedStack = { status: string; outputs: Record<string, string> };

export type AlarmState = { name: string; raised: boolean; tellsSomeone: boolean; description: string };
