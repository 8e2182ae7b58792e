import { z } from "zod";
import { TimeOfDay } from "./time.ts";

export const Schedule = z.union([z.strictObject({ every: z.literal("day"), at: TimeOfDay })]);
export type Schedule = z.infer<typeof Schedule>;
