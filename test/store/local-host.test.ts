import { startDatabase } from "../../local/dynamodb/service.ts";
import { contractWith } from "./contract.ts";

const started = await startDatabase({ now: () => Date.parse("2026-11-24T02:00:00.000Z") });
contractWith({ name: "the local host", started });
