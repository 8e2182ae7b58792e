import { orSkip } from "../emulators/cache.ts";
import { startDynamoDbLocal } from "../emulators/dynamodb-local.ts";
import { contractWith } from "./contract.ts";

const started = await orSkip("the contract with DynamoDB Local", startDynamoDbLocal);
contractWith({ name: "DynamoDB Local", started });
