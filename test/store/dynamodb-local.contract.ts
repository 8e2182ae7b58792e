import { startDynamoDbLocal } from "../emulators/dynamodb-local.ts";
import { contractWith } from "./contract.ts";

contractWith({ name: "DynamoDB Local", start: startDynamoDbLocal });
