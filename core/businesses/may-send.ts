import type { Business } from "../businesses.ts";
import type { Run } from "../runs.ts";
import { failureOf } from "./halts.ts";
import { isOwnAddress } from "./senders.ts";

/** Why a run of a business must not send any mail, in the words of a stopped run; nothing if it may. */
export function reasonNotToSend(business: Business): NonNullable<Run["failure"]> | undefined {
  if (business.halted) return failureOf(business.halted);
  if (isOwnAddress(business, business.sender.address)) return undefined;
  return {
    reason: "sender-not-bound",
    detail: "The operator has not bound the sender's address to this business",
  };
}
