import type {
  CaptureRequirements,
  ChangeCapture,
  CoverageNotice,
  CoverageProblem,
  SluiceError,
  TableName,
} from '@sluice/core';
import { notProvisionedError } from '@sluice/core/engine';

/** What a capture still lacks in the source. */
export interface SourceCoverage {
  readonly mechanism: 'ready' | 'absent' | 'lost';
  readonly tables: readonly { readonly table: TableName; readonly covered: boolean }[];
  /** What the configured role can mend itself: `run` or `provision` will. */
  readonly mendable: readonly CoverageProblem[];
  /** What it cannot. */
  readonly blocking: readonly CoverageProblem[];
  /** What a run goes on in spite of, and warns of. */
  readonly accepted: readonly CoverageProblem[];
  /** What people should know and nobody has to mend. */
  readonly notices: readonly CoverageNotice[];
}

/** Asks the capture, which changes nothing. */
export async function inspectCoverage(
  capture: ChangeCapture,
  required: CaptureRequirements,
): Promise<SourceCoverage> {
  const report = await capture.inspect(required);
  const uncovered = report.tables.filter(({ covered }) => !covered);
  const problems = [...report.problems, ...uncovered.flatMap((table) => table.problems)];
  return {
    mechanism: report.mechanism,
    tables: report.tables.map(({ table, covered }) => ({ table, covered })),
    mendable: problems.filter(({ fixable }) => fixable),
    blocking: problems.filter(({ fixable }) => !fixable),
    accepted: report.tables.filter(({ covered }) => covered).flatMap((table) => table.problems),
    notices: report.notices ?? [],
  };
}

/**
 * What this role cannot mend, as the error that `run` would end with, with the whole script in the
 * order in which it must run; null where nothing is in the way.
 */
export async function coverageError(
  capture: ChangeCapture,
  required: CaptureRequirements,
  { blocking }: SourceCoverage,
): Promise<SluiceError | null> {
  return blocking.length === 0 ? null : notProvisionedError(blocking, await capture.script(required));
}

/** Of server and role; all other SQL depends on which tables are needed. */
const ofServer = /^ALTER (?:SYSTEM|ROLE) /;

/** What is wrong with server and role alone, where it is not known yet which tables are needed. */
export async function mechanismError(capture: ChangeCapture): Promise<SluiceError | null> {
  const { problems } = await capture.inspect({ tables: [] });
  const blocking = problems.filter(({ fixable }) => !fixable);
  if (blocking.length === 0) return null;
  const statements = blocking.flatMap(({ sql = [] }) => sql.filter((statement) => ofServer.test(statement)));
  const sections = statements.length === 0 ? [] : [{ title: 'Server and role', statements }];
  return notProvisionedError(blocking, { sections });
}
