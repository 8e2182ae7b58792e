/** Rights that nothing in the suite has a use for, and why they are granted all the same. */
export type Justified = {
  holder: string;
  actions: readonly string[];
  /** As the report names them; every action on every one of them is meant. */
  resources: readonly string[];
  because: string;
  /** Whether it is used hangs on who comes first, so that it may be of use in one run of the tests and not in the next. */
  byChance?: boolean;
};

const conflicts =
  "Something is read again only when a write met another's, which end-to-end tests can't bring about at will; tests of the core do.";
const deadLetters =
  "Only where something failed for good that the stack itself is right about; a broken stack would show it.";

export const justified: readonly Justified[] = [
  {
    holder: "deliver-sends",
    actions: ["ses:SendBulkTemplatedEmail"],
    resources: ["configuration-set/Sapa", "identity/*", "template/sapa-*"],
    because:
      "SES's documents name the permission of a bulk send both ways, for its two API versions; only an account tells which one counts.",
  },
  {
    holder: "schedulesrole",
    actions: ["sqs:SendMessage"],
    resources: ["failedevents"],
    because: deadLetters,
  },
  {
    holder: "events.amazonaws.com",
    actions: ["sqs:SendMessage"],
    resources: ["failedevents"],
    because: deadLetters,
  },
  {
    holder: "schedulesrole",
    actions: ["lambda:InvokeFunction"],
    resources: ["function:Sapa-send-letters"],
    because: "An import's letters go on by a timer only after SES's daily quota was used up.",
  },
  {
    holder: "send-letters",
    actions: ["scheduler:CreateSchedule", "scheduler:UpdateSchedule"],
    resources: ["schedule/Sapa/*"],
    because: "An import's letters set themselves a timer only after SES's daily quota was used up.",
  },
  {
    holder: "send-letters",
    actions: ["iam:PassRole"],
    resources: ["schedulesrole"],
    because:
      "Whoever sets a timer hands Scheduler its role: an import's letters, after SES's daily quota was used up.",
  },
  {
    holder: "send-letters",
    actions: ["dynamodb:DeleteItem"],
    resources: ["tablesidentities"],
    because:
      "A customer is written by one piece of code, which can also take an address from them; a letter never does.",
  },
  {
    holder: "settle-run",
    actions: ["scheduler:UpdateSchedule"],
    resources: ["schedule/Sapa/*"],
    because:
      "A timer that is there already is set again only when a look at the books is repeated after a crash.",
  },
  {
    holder: "settle-run",
    actions: ["dynamodb:UpdateItem"],
    resources: ["tablesreputation"],
    because:
      "Mail counts towards the rate of bounces here only when SES's events show that a lost answer was a yes.",
  },
  {
    holder: "import-file",
    actions: ["dynamodb:GetItem"],
    resources: ["tablescustomers", "tablessuppressions", "tablesimports"],
    because: conflicts,
    byChance: true,
  },
  {
    holder: "owner-api",
    actions: ["dynamodb:Query"],
    resources: ["tablesreceipts"],
    because: "A dry run finds customers by the same code as a run, of which only a resend reads receipts.",
  },
  {
    holder: "record-feedback",
    actions: ["dynamodb:Scan"],
    resources: ["tablesbusinesses"],
    because:
      "Only where the businesses of a stack share their suppressions, which the operator chooses at deployment.",
  },
  {
    holder: "deliver-sends",
    actions: ["dynamodb:DeleteItem"],
    resources: ["tablesmailTemplates"],
    because: "What is remembered of a template is forgotten only when SES says that the template is gone.",
  },
  {
    holder: "release-batches",
    actions: ["dynamodb:DeleteItem"],
    resources: ["tablesmailTemplates"],
    because: "What is remembered of a template is forgotten only when SES says that the template is gone.",
  },
  {
    holder: "settle-run",
    actions: ["dynamodb:DeleteItem"],
    resources: ["tablesmailTemplates"],
    because: "What is remembered of a template is forgotten only when SES says that the template is gone.",
  },
  {
    holder: "prepare-runs",
    actions: ["dynamodb:PutItem", "dynamodb:DeleteItem"],
    resources: ["tablesmailTemplates"],
    because:
      "Templates are checked at activation: a firing does it only for one that was forgotten meanwhile, and then tidies up.",
  },
  {
    holder: "prepare-runs",
    actions: ["ses:CreateEmailTemplate", "ses:DeleteEmailTemplate", "ses:TestRenderEmailTemplate"],
    resources: ["template/sapa-*"],
    because:
      "Templates are checked at activation: a firing does it only for one that was forgotten meanwhile, and then tidies up.",
  },
  {
    holder: "prepare-runs",
    actions: ["scheduler:UpdateSchedule"],
    resources: ["schedule/Sapa/*"],
    because: "A timer that is there already is set again only when a firing is repeated after a crash.",
  },
  {
    holder: "prepare-runs",
    actions: ["sqs:GetQueueAttributes"],
    resources: ["deliverysendsqueue"],
    because: "The queue is looked at only when the lease of a batch has run out.",
  },
  {
    holder: "prepare-runs",
    actions: ["sqs:SendMessage"],
    resources: ["deliveryrunsqueue"],
    because:
      "A selection goes on in a further message only when it is too large for the time that one function has.",
  },
  {
    holder: "release-batches",
    actions: ["sqs:GetQueueAttributes"],
    resources: ["deliverysendsqueue"],
    because: "The queue is looked at only when the lease of a batch has run out.",
    byChance: true,
  },
  {
    holder: "release-batches",
    actions: ["dynamodb:UpdateItem"],
    resources: ["tablesruns", "tablesreputation"],
    because:
      "A release stops a run only when its sender was taken away or its business halted since it was selected.",
  },
  {
    holder: "release-batches",
    actions: ["sqs:SendMessage"],
    resources: ["failedevents"],
    because: deadLetters,
  },
  {
    holder: "deliver-sends",
    actions: ["dynamodb:GetItem"],
    resources: ["tablesreceipts"],
    because: "A receipt is read again only when a batch is delivered after it was recorded.",
    byChance: true,
  },
  {
    holder: "settle-run",
    actions: ["dynamodb:GetItem", "dynamodb:UpdateItem"],
    resources: ["tablescustomers"],
    because:
      "Caps and stamps are given back only where SES certainly did not take a mail whose answer was lost.",
    byChance: true,
  },
  {
    holder: "settle-run",
    actions: ["dynamodb:PutItem"],
    resources: ["tablessends"],
    because: "A send is recorded here only for recipients of a batch that was lost.",
    byChance: true,
  },
  {
    holder: "settle-run",
    actions: ["dynamodb:UpdateItem"],
    resources: ["tablesbacklog"],
    because: "A run is put among the active ones again only when its message was lost.",
    byChance: true,
  },
  {
    holder: "settle-run",
    actions: ["sqs:SendMessage"],
    resources: ["deliveryrunsqueue"],
    because: "A selection is enqueued again only when its message was lost.",
    byChance: true,
  },
];
