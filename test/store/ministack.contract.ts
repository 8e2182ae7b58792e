import { startMiniStack } from "../emulators/ministack.ts";
import { contractWith } from "./contract.ts";

contractWith({ name: "MiniStack", start: startMiniStack });
