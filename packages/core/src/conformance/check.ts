/** One promise of a contract, with the proof that an implementation keeps it. */
export interface ConformanceCheck<Driver> {
  /** Completes the sentence "A conforming implementation …"; also the name of the test. */
  readonly name: string;
  /**
   * Why this check does not concern what the driver stands for ("the sink has no generations");
   * null where it does. Never a way around a promise that the implementation makes.
   */
  readonly notFor?: (driver: Driver) => string | null;
  /** Rejects, with what was expected and what was seen, where the promise is broken. */
  readonly run: (driver: Driver) => Promise<void>;
}

export type CheckResult =
  | { readonly name: string; readonly outcome: 'passed' }
  | { readonly name: string; readonly outcome: 'not concerned'; readonly reason: string }
  | { readonly name: string; readonly outcome: 'failed'; readonly error: Error };

export interface RunChecksOptions {
  /** After so many ms a check has failed: an implementation that never answers is not waited for. Default 30 s. */
  readonly deadlineMs?: number;
}

/** Runs the checks one after the other, without a test runner: for `sluice plugin verify`. Never rejects. */
export async function runChecks<Driver>(
  checks: readonly ConformanceCheck<Driver>[],
  driver: Driver,
  { deadlineMs = 30_000 }: RunChecksOptions = {},
): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = [];
  for (const check of checks) {
    const reason = check.notFor?.(driver) ?? null;
    results.push(
      reason === null
        ? await runCheck(check, driver, deadlineMs)
        : { name: check.name, outcome: 'not concerned', reason },
    );
  }
  return results;
}

async function runCheck<Driver>(
  check: ConformanceCheck<Driver>,
  driver: Driver,
  deadlineMs: number,
): Promise<CheckResult> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer after ${deadlineMs} ms`)), deadlineMs);
  });
  try {
    await Promise.race([check.run(driver), deadline]);
    return { name: check.name, outcome: 'passed' };
  } catch (cause) {
    return {
      name: check.name,
      outcome: 'failed',
      error: cause instanceof Error ? cause : new Error(String(cause), { cause }),
    };
  } finally {
    clearTimeout(timer);
  }
}
