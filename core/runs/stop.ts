import { stopWrite } from "../backlog.ts";
import type { SkipReason } from "../eligibility.ts";
import type { Run } from "../runs.ts";
import * as store from "../store.ts";
import type { Instant } from "../time.ts";

/** Why whoever had not been mailed yet is not, when a run was stopped. */
export const dropReason = ({ state }: Pick<Run, "state">): SkipReason =>
  state === "canceled" ? "run-canceled" : "run-stopped";

export type Stop =
  | { state: "failed"; failure: NonNullable<Run["failure"]> }
  | { state: "canceled"; canceledAt: Instant };

/**
 * Stops a run: whoever's mail has not been handed to SES by now is not mailed, and what waits of it is dropped. The
 * first reason stays; returns false when it had ended, or was stopped, before.
 */
export async function stop({ business, id }: Run, { state, ...why }: Stop): Promise<boolean> {
  const [name = "", value] = Object.entries(why)[0] ?? [];
  const outcomes = await store.transact([
    {
      Update: {
        TableName: store.tableName("runs"),
        Key: { business, id },
        UpdateExpression: "SET #state = :state, #why = :why",
        ConditionExpression: "#state IN (:starting, :running)",
        ExpressionAttributeNames: { "#state": "state", "#why": name },
        ExpressionAttributeValues: {
          ":state": state,
          ":why": value,
          ":starting": "starting",
          ":running": "running",
        },
      },
    },
    stopWrite(business, id),
  ]);
  return outcomes === undefined;
}
