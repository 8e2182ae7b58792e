import type { Words } from "../words.ts";

export const english: Words = {
  headings: {
    next: "Next:",
    blocked:
      "Something is in the way of sending mail: do what stands at the marks x first, then run this again.",
    clear: "Nothing is in the way.",
  },
  findings: {
    account: { says: "The AWS account is {id}, in the Region {region}." },
    "no-credentials": {
      says: "AWS does not know who you are ({fault}).",
      next: "Sign in with `aws configure sso` or `aws configure`, until `aws sts get-caller-identity` shows your account's number.",
    },
    "no-connection": {
      says: "AWS could not be reached ({fault}).",
      next: "Check the connection to the internet, a proxy or a firewall, and that the Region's name is right.",
    },
    "no-region": {
      says: "No Region is chosen.",
      next: "Say which: add --region ap-southeast-3 (Jakarta) or ap-southeast-1 (Singapore), or set it with `aws configure`.",
    },
    unanswered: {
      says: "{service} could not be asked ({fault}), so this was not checked.",
      next: "If it says AccessDenied, run this as an administrator; otherwise check the connection and try again.",
    },
    "ses-unanswered": {
      says: "Amazon SES does not answer in {region} ({fault}).",
      next: "Choose a Region in which SES is offered: https://docs.aws.amazon.com/general/latest/gr/ses.html",
    },
    production: { says: "SES sends to everyone (production access)." },
    sandbox: {
      says: "SES is in the sandbox: it sends only to addresses that you have verified, 200 a day, one a second.",
      next: "In the SES console choose Account dashboard, Request production access (docs/deploy.md says what helps). AWS answers within a day or so.",
    },
    "sending-paused": {
      says: "SES has paused sending for this account.",
      next: "Read the mail that AWS sent to the account's address, and answer it in the Support Center; runs wait and go on by themselves.",
    },
    probation: {
      says: "SES has the account under review: too many mails bounced or were marked as spam.",
      next: "Pause campaigns, mail only those who asked for it, and answer AWS's case in the Support Center.",
    },
    quota: {
      says: "SES's quota is enough: a mailing to {customers} customers takes about {hours} h ({daily} mails a day, {rate} a second).",
    },
    "quota-small": {
      says: "SES sends {daily} mails a day: a mailing to {customers} customers takes {days} days. It goes on by itself each day.",
      next: "For more, ask in the Service Quotas console: Amazon SES, Sending quota, and Sending rate.",
    },
    "no-domain": {
      says: "No sender's domain was named, so its DNS records were not checked.",
      next: "Add --domain kopisenja.id, and deploy with -c senderDomain=kopisenja.id.",
    },
    identity: { says: "{domain} is verified, and its mail is signed (DKIM)." },
    "identity-missing": {
      says: "SES does not know {domain} yet.",
      next: "Deploy with -c senderDomain={domain}, then enter the DNS records that it prints.",
    },
    "identity-pending": {
      says: "The records of {domain} are in place; SES has not looked at them yet.",
      next: "Wait, minutes to hours, and run this again.",
    },
    "dkim-records": {
      says: "{domain} is not verified: these DNS records are missing.\n{records}",
      next: "Enter them where the domain is managed, then run this again.",
    },
    "dkim-off": {
      says: "{domain} is verified, but its mail is not signed (DKIM is off). Gmail, Yahoo and Outlook refuse such mail.",
      next: "In the SES console open the identity, Authentication, and switch Easy DKIM on.",
    },
    "return-path": { says: "Bounces go to {host} (MAIL FROM), so that SPF agrees with the sender." },
    "return-path-records": {
      says: "The return path lacks these DNS records; until they are there SES uses its own.\n{records}",
      next: "Enter them where the domain is managed.",
    },
    "return-path-pending": {
      says: "The records of {host} are in place; SES has not looked at them yet.",
      next: "Wait, up to three days.",
    },
    "no-return-path": {
      says: "{domain} has no return path of its own, so that SPF does not agree with the sender. DKIM has to bear DMARC alone.",
      next: "Deploy with -c senderDomain={domain}, or set a custom MAIL FROM domain in the SES console.",
    },
    dmarc: { says: "{domain} has a DMARC record: {record}" },
    "no-dmarc": {
      says: "{domain} has no DMARC record. Gmail, Yahoo and Outlook want one from who sends many mails.",
      next: 'Enter: _dmarc.{domain} TXT "v=DMARC1; p=none;"',
    },
    "many-dmarc": {
      says: "{domain} has more than one DMARC record, which counts as none.",
      next: "Leave one of them.",
    },
    concurrency: { says: "Lambda runs up to {limit} functions at once: enough." },
    "concurrency-small": {
      says: "Lambda runs only {limit} functions at once, as in new accounts. Sapa works, more slowly; while much goes on, links in mails and the API may fail for a moment.",
      next: "Ask in the Service Quotas console: AWS Lambda, Concurrent executions, 1,000. It is free. Then deploy with -c lambdaConcurrency=1000.",
    },
    "concurrency-unused": {
      says: "Lambda runs up to {limit} functions at once, and {name} was deployed for {deployed}.",
      next: "Deploy again with -c lambdaConcurrency={limit}: mail goes out faster, and some functions are kept for the links in mails.",
    },
    renders: { says: "SES renders a template exactly as Sapa does." },
    "renders-otherwise": {
      says: "SES renders a template differently from Sapa, so that no run will start. {difference}",
      next: "Please report this, with the text above: Sapa has to be mended.",
    },
    "not-deployed": {
      says: "No stack {name} is deployed here yet.",
      next: "When nothing above is in the way: npx cdk bootstrap, then npx cdk deploy (docs/deploy.md).",
    },
    deployed: { says: "The stack {name} is deployed ({status}); its API is at {url}" },
    "stack-broken": {
      says: "The stack {name} is broken ({status}).",
      next: "Look in the CloudFormation console, under Events, for what failed first. A stack whose creation failed has to be deleted before it is deployed again.",
    },
    "stack-busy": {
      says: "The stack {name} is being changed ({status}).",
      next: "Run this again when it is done.",
    },
    "stack-rolled-back": {
      says: "The last deployment of {name} failed and was taken back ({status}); the version before it runs.",
      next: "Look in the CloudFormation console, under Events, for what failed first, and deploy again.",
    },
    "alarms-quiet": { says: "None of the {count} alarms is raised." },
    alarm: { says: "The alarm {name} is raised.", next: "{description}" },
    "no-alarms": {
      says: "The stack has no alarms that can be seen.",
      next: "Deploy again, with the present version of Sapa.",
    },
    "alarms-tell-nobody": {
      says: "Alarms tell nobody: they only show in CloudWatch.",
      next: "Deploy with -c alarmEmail=you@kopisenja.id, and press the link in the mail that AWS sends.",
    },
  },
};
