import { afterAll, beforeAll, test, vi } from "vitest";
import { trySchedules } from "./world/schedules.ts";
import { enterWorlds } from "./world/world.ts";

vi.mock("../../core/ids.ts", async () => (await import("./world/few-shards.ts")).default);

let leave: () => void;
beforeAll(() => {
  leave = enterWorlds();
});
afterAll(() => leave());

// Half of them: the other half is in a file of its own, for the other core.
const share = 0.5;

test(
  "whatever fails, repeats, comes late or stops half-way, no promise is broken",
  () => trySchedules(share, 2),
  24 * 3_600_000,
);
