import type { Reporter, TestModule } from "vitest/node";

/** Ends every test run with one line that people and machines can read: `12 passed, 0 failed`. */
export class Totals implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: 0, skipped: 0 };
    for (const module of modules) {
      let tests = 0;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        count[state === "pending" ? "skipped" : state]++;
        tests += Number(state === "failed");
      }
      // A file that breaks outside its tests, while it loads or in a hook, would otherwise count as nothing.
      if (!module.ok() && tests === 0) count.failed++;
    }
    if (errors.length > 0) count.failed += errors.length;
    // The default reporter prints its summary in the same event; waiting for the exit keeps this line the last.
    process.once("exit", () => process.stdout.write(`${line(count)}\n`));
  }
}

/** `12 passed, 0 failed`, with `, 3 skipped` when there are any. */
export function line({
  passed,
  failed,
  skipped,
}: {
  passed: number;
  failed: number;
  skipped: number;
}): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
