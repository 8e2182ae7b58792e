import { expect, test } from "vitest";
import { statusOfError, verdictOn } from "../../core/runs/verdicts.ts";

const called = (name: string) => Object.assign(new Error("No"), { name });

test.each([
  ["AccessDeniedException", "park"],
  ["TooManyRequestsException", "retry"],
  ["LimitExceededException", "park"],
  ["MessageRejected", "failed"],
  ["MailFromDomainNotVerifiedException", "stop"],
])("a call that ends in %s has sent nothing: %s", (name, verdict) => {
  expect(verdictOn(statusOfError(called(name)) ?? "")).toBe(verdict);
});

test("a call whose end is not known may have sent everything", () => {
  for (const name of ["TimeoutError", "InternalServiceErrorException"]) {
    expect(statusOfError(called(name))).toBeUndefined();
  }
  expect(verdictOn("A_STATUS_OF_NEXT_YEAR")).toBe("unknown");
});
