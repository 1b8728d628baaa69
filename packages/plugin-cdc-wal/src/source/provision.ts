import type {
  CaptureRequirements,
  CoverageProblem,
  CoverageReport,
  ProvisionOptions,
  ProvisionReport,
  ProvisionScript,
  TableName,
} from '@sluice/core';
import { SluiceError } from '@sluice/core';
import { type ConnectionSettings, sqlState, tableLabel } from '@sluice/postgres';
import { executeSteps } from './execute.ts';
import { minimumVersion } from './minimum-version.ts';
import { type PlanOptions, planProvision } from './plan.ts';
import { report } from './problems.ts';
import type { Querier } from './querier.ts';
import { readState } from './read-state.ts';
import { probeReplication } from './replication-probe.ts';
import { describeHolder, inUse } from './slot.ts';
import type { SourceState } from './state.ts';

export interface Source {
  readonly settings: ConnectionSettings;
  readonly querier: Querier;
  readonly plan: PlanOptions;
}

/** Sessions of one process. */
export interface OwnSessions {
  /** Of its live stream; null where there is none. */
  readonly live: number | null;
  /** Of the last stream that ended, which the server may still count; null where there was none. */
  readonly former: number | null;
}

export async function inspectSource(
  source: Source,
  required: CaptureRequirements,
  own: OwnSessions,
): Promise<CoverageReport> {
  const state = await readState(source.querier, required, source.plan.names);
  const { slot } = state;
  // A slot of another database is a problem of its own: nobody waits for it.
  const held =
    slot !== null &&
    slot.activePid !== null &&
    slot.activePid !== own.live &&
    slot.database === state.server.database;
  const coverage = {
    ...report(state, planProvision(state, source.plan), source.plan),
    ...(held ? { heldBy: describeHolder(slot, own.former) } : {}),
  };
  const able = state.server.mayReplicate && state.server.walLevel === 'logical' && !state.server.inRecovery;
  if (!able) return coverage;
  return {
    ...coverage,
    problems: [...coverage.problems, ...(await probeReplication(source.settings, source.querier))],
  };
}

/**
 * Reads, plans and runs until nothing is left to do. Another process may be provisioning the same
 * source: what it did first is found at the second reading.
 */
export async function provisionSource(
  source: Source,
  required: CaptureRequirements,
  options: ProvisionOptions,
): Promise<ProvisionReport> {
  const statements: string[] = [];
  const added = new Map<string, TableName>();
  let created = false;
  let planOptions = source.plan;
  for (let round = 1; ; round += 1) {
    const state = await readState(source.querier, required, source.plan.names);
    const plan = planProvision(state, planOptions);
    const coverage = report(state, plan, planOptions);
    const problems = [...coverage.problems, ...coverage.tables.flatMap((table) => table.problems)];
    refuseUnless(problems.every(({ fixable }) => fixable) && (round <= 3 || problems.length === 0), problems);
    for (const table of [...plan.joining.map(({ required: { table } }) => table), ...unsettled(state)]) {
      added.set(tableLabel(table), table);
    }
    if (plan.replacesSlot && state.slot !== null && state.slot.activePid !== null) {
      throw inUse(source.plan.names.slot, state.slot);
    }
    // Once is enough: whoever was faster made a new one too.
    planOptions = { ...planOptions, renewSlot: false };
    if (plan.steps.length === 0) return { created, added: [...added.values()], statements };
    try {
      statements.push(...(await executeSteps(source.settings, source.querier, plan.steps, options)));
      created ||= plan.createsSlot;
    } catch (error) {
      if (round > 3 || !isRace(error)) throw error;
    }
  }
}

/** Another process made the same thing a moment earlier, or the application changed its tables. */
function isRace(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  const state = sqlState(cause);
  const raced = state === 'XX000' && cause instanceof Error && cause.message.includes('concurrently');
  // Duplicate object, table or key; a member of a publication, an index or a table that is gone again.
  return raced || ['42710', '42P07', '23505', '42704', '42P01'].includes(state ?? '');
}

/**
 * Tables that joined before a crash kept anybody from scanning them: `settled` forgets them. Where
 * this role may not write the record, they would stay for ever, so only the caller's own count.
 */
function unsettled(state: SourceState): TableName[] {
  const { publication } = state;
  if (publication?.owned !== true) return [];
  const labels = publication.record.joined?.tables ?? [];
  return state.tables
    .map(({ required }) => required.table)
    .filter((table) => labels.includes(tableLabel(table)));
}

function refuseUnless(condition: boolean, problems: readonly CoverageProblem[]): void {
  if (condition) return;
  const rest = problems.filter(({ fixable }) => !fixable);
  const told = rest.length > 0 ? rest : problems;
  const sql = [...new Set(told.flatMap((problem) => problem.sql ?? []))];
  const hints = [...new Set(told.map(({ hint }) => hint).filter((hint) => hint !== undefined))];
  const unsupported = told.find(({ code }) => code === 'SLUICE_SOURCE_UNSUPPORTED');
  throw new SluiceError(
    unsupported === undefined ? 'SLUICE_CAPTURE_NOT_PROVISIONED' : 'SLUICE_SOURCE_UNSUPPORTED',
    told.map(({ message }) => message).join(' '),
    { hint: [...hints, ...sql.map((statement) => `${statement};`)].join('\n') || undefined },
  );
}

/** What `provision` would run, and what only a DBA can. */
export async function scriptSource(source: Source, required: CaptureRequirements): Promise<ProvisionScript> {
  const state = await readState(source.querier, required, source.plan.names);
  // Nobody may run it there, whatever his rights.
  if (state.server.version < minimumVersion) return { sections: [] };
  const plan = planProvision(state, source.plan);
  const coverage = report(state, plan, source.plan);
  const planned = new Set(plan.steps.flatMap((step) => step.statements));
  const others = [...coverage.problems, ...coverage.tables.flatMap((table) => table.problems)]
    .flatMap((problem) => problem.sql ?? [])
    .filter((statement) => !planned.has(statement));
  const sections = [{ title: 'Server and role', statements: [...new Set(others)] }];
  for (const step of plan.steps) {
    const statements =
      step.run === 'together' && step.statements.length > 1
        ? ['BEGIN', ...step.statements, 'COMMIT']
        : step.statements;
    const last = sections.at(-1);
    if (last?.title === step.title) last.statements.push(...statements);
    else sections.push({ title: step.title, statements: [...statements] });
  }
  return { sections: sections.filter(({ statements }) => statements.length > 0) };
}
