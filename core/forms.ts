import type { z } from "zod";

type Found = {
  schema: z.ZodType;
  value: unknown;
  /** Where the value stands in what `context` looks at. */
  path?: readonly PropertyKey[];
};

/**
 * Reports to `context` what a schema finds wrong with a value. For things that have many forms (a schedule, a
 * condition of a segment): the form is chosen by hand and only its findings are reported, where a union would
 * report those of every form. The caller of the outer schema words them, as it does for all others.
 */
export function reportProblems(context: z.RefinementCtx, { schema, value, path = [] }: Found): void {
  // Where a schema has no words of its own, the message stays empty, and is left to the outer caller.
  const { error } = schema.safeParse(value, { reportInput: true, error: () => "" });
  for (const issue of error?.issues ?? []) {
    const at = [...path, ...issue.path];
    if (issue.code === "unrecognized_keys") {
      for (const key of issue.keys) {
        context.addIssue({ code: "custom", path: [...at, key], message: "does not belong here" });
      }
      continue;
    }
    const { message, ...rest } = issue;
    context.issues.push({ ...rest, path: at, ...(message && { message }) } as z.core.$ZodRawIssue);
  }
}
