import {
  type CaptureRequirements,
  type ChangeCapture,
  type CoverageProblem,
  SluiceError,
  type TableName,
} from '@sluice/core';

/** What a capture still lacks in the source. */
export interface SourceCoverage {
  readonly mechanism: 'ready' | 'absent' | 'lost';
  readonly tables: readonly { readonly table: TableName; readonly covered: boolean }[];
  /** What the configured role can mend itself: `run` or `provision` will. */
  readonly mendable: readonly CoverageProblem[];
  /** What it cannot. */
  readonly blocking: readonly CoverageProblem[];
}

/** Asks the capture, which changes nothing. */
export async function inspectCoverage(
  capture: ChangeCapture,
  required: CaptureRequirements,
): Promise<SourceCoverage> {
  const report = await capture.inspect(required);
  const problems = [...report.problems, ...report.tables.flatMap((table) => table.problems)];
  return {
    mechanism: report.mechanism,
    tables: report.tables.map(({ table, covered }) => ({ table, covered })),
    mendable: problems.filter(({ fixable }) => fixable),
    blocking: problems.filter(({ fixable }) => !fixable),
  };
}

/** What this role cannot mend, as the error that `run` would end with; null where nothing is in the way. */
export function coverageError({ blocking }: SourceCoverage): SluiceError | null {
  if (blocking.length === 0) return null;
  const lines = blocking.map(({ message, guarantee }) =>
    guarantee === undefined ? message : `${message} (${guarantee})`,
  );
  const hints = blocking.flatMap(({ hint }) => (hint === undefined ? [] : [hint]));
  const sql = blocking.flatMap((problem) => problem.sql ?? []);
  const statements =
    sql.length === 0
      ? []
      : ['A role that may can run:', ...sql.map((line) => `  ${line.replace(/;?$/, ';')}`)];
  return new SluiceError(
    'SLUICE_CAPTURE_NOT_PROVISIONED',
    ['The source is not ready for capture, and this role may not make it so.', ...lines].join('\n  - '),
    { hint: [...new Set([...hints, ...statements])].join('\n') || 'See `sluice provision --print`.' },
  );
}
