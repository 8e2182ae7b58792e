import { RemovalPolicy } from "aws-cdk-lib";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import { accept, allow } from "./permissions.ts";
import type { SapaFunction } from "./sapa-function.ts";

/**
 * The one secret: the root that the admin key and the keys of unsubscribe links derive from. It is kept when
 * the stack goes, since links in mails that were sent still have to work when it returns.
 */
export class Keys extends Construct {
  readonly secret: Secret;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.secret = new Secret(this, "secret", {
      description: "Root of Sapa's admin key and of the keys that sign links in mails",
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ previousRoots: [] }),
        generateStringKey: "root",
        passwordLength: 64,
        excludePunctuation: true,
      },
      removalPolicy: RemovalPolicy.RETAIN,
    });
    accept(this.secret, {
      "AwsSolutions-SMG4":
        "Rotating on a timer would only cost: the root guards no login, and docs/deploy.md says how to replace it, older roots going on to verify links.",
    });
  }

  /** Lets a function read the root. */
  giveTo(target: SapaFunction): void {
    target.addEnvironment("KEYS_SECRET_ARN", this.secret.secretArn);
    allow(target, { actions: ["secretsmanager:GetSecretValue"], resources: [this.secret.secretArn] });
  }
}
