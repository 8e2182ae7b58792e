import { orSkip } from "../emulators/cache.ts";
import { startMiniStack } from "../emulators/ministack.ts";
import { contractWith } from "./contract.ts";

const started = await orSkip("the contract with MiniStack", startMiniStack);
contractWith({ name: "MiniStack", started });
