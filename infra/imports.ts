import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { Rule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import type { Events } from "./events.ts";
import { accept, allow } from "./permissions.ts";
import { type Foundation, SapaFunction } from "./sapa-function.ts";

export type ImportsProps = Foundation & { events: Events };

/**
 * Uploaded files of customers and orders: a private bucket, whose every new file goes to import-file, as does every
 * import that its owner has go on.
 */
export class Imports extends Construct {
  readonly #bucket: Bucket;

  constructor(scope: Construct, id: string, props: ImportsProps) {
    super(scope, id);
    const { events, failedEvents } = props;
    this.#bucket = new Bucket(this, "bucket", {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      lifecycleRules: [
        { expiration: Duration.days(7), abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
      // CloudFormation can't delete a bucket that holds files; they are gone within a week all the same.
      removalPolicy: RemovalPolicy.RETAIN,
    });
    // The property itself: CDK's own switch deploys a function of its own to set it.
    (this.#bucket.node.defaultChild as CfnBucket).notificationConfiguration = {
      eventBridgeConfiguration: { eventBridgeEnabled: true },
    };
    accept(this.#bucket, {
      "AwsSolutions-S1":
        "Files are written only by URLs that owner-api signs, are read only by import-file, and live seven days; a log of that would outlive them.",
    });

    const importFile = new SapaFunction(this, "import-file", props);
    importFile.addEnvironment("IMPORTS_BUCKET_NAME", this.#bucket.bucketName);
    importFile.keepFailures(failedEvents);
    events.giveTo(importFile);
    allow(importFile, {
      actions: ["s3:GetObject"],
      resources: [this.#bucket.arnForObjects("imports/*")],
      because: "Each import is a file of its own, below imports/.",
    });
    const targets = [
      new LambdaFunction(importFile, {
        deadLetterQueue: failedEvents,
        retryAttempts: 185,
        maxEventAge: Duration.hours(24),
      }),
    ];
    new Rule(this, "due", {
      description: "Imports that go on",
      eventBus: events.bus,
      eventPattern: { source: ["sapa"], detailType: ["import.due"] },
      targets,
    });
    new Rule(this, "rule", {
      description: "Files uploaded for import",
      eventPattern: {
        source: ["aws.s3"],
        detailType: ["Object Created"],
        detail: { bucket: { name: [this.#bucket.bucketName] }, object: { key: [{ prefix: "imports/" }] } },
      },
      targets,
    });
  }

  /** Lets a function sign the URL by which a file is uploaded: the signer must have the right itself. */
  mayBeUploadedTo(target: SapaFunction): void {
    target.addEnvironment("IMPORTS_BUCKET_NAME", this.#bucket.bucketName);
    allow(target, {
      actions: ["s3:PutObject"],
      resources: [this.#bucket.arnForObjects("imports/*")],
      because: "Each import is a file of its own, below imports/.",
    });
  }
}
