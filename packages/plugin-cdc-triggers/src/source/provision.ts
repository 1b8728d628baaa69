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
import {
  type ConnectionSettings,
  quoteIdentifier,
  runSteps,
  sqlState,
  type TransactionStep,
  tableLabel,
} from '@sluice/postgres';
import { grants, type ProvisionPlan, planProvision } from './plan.ts';
import type { PlanOptions } from './plan-table.ts';
import { report } from './problems.ts';
import type { SourceQuerier } from './querier.ts';
import { readState } from './read-state.ts';
import { refusals } from './refusals.ts';
import type { SourceState } from './state.ts';

export interface Source {
  readonly settings: ConnectionSettings;
  readonly querier: SourceQuerier;
  readonly startup: Readonly<Record<string, string>>;
  /** Known once the server was asked: `wake: auto` depends on it. */
  readonly plan: (state: SourceState) => PlanOptions;
  readonly names: PlanOptions['names'];
}

export interface Look {
  readonly state: SourceState;
  readonly plan: ProvisionPlan;
  readonly coverage: CoverageReport;
}

/** Reads the source and decides what is to do. Changes nothing. */
export async function look(source: Source, required: CaptureRequirements): Promise<Look> {
  const state = await readState(source.querier, required, source.names);
  const options = source.plan(state);
  const plan = planProvision(state, options);
  return { state, plan, coverage: report(state, plan, options) };
}

/** Who queues for a lock behind us is kept waiting this long at most, in ms. */
const lockTimeout = 200;
const betweenTries = 100;

export async function execute(
  source: Source,
  steps: readonly TransactionStep[],
  options: ProvisionOptions,
): Promise<string[]> {
  const runner = {
    settings: source.settings,
    querier: source.querier,
    startup: source.startup,
    lockTimeout,
    betweenTries,
  };
  return await runSteps(runner, steps, options);
}

/**
 * Somebody was faster. Another process did the same: a number or name is taken, a catalog row was updated.
 * Or the application changed the table: a detached partition has no trigger of ours (42704), a dropped one
 * is gone (42P01).
 */
const outrun: ReadonlySet<string> = new Set(['23505', '42P07', '42P06', '42710', 'XX000', '42704', '42P01']);
const rounds = 5;

/**
 * Reads, plans and runs until nothing is left to do. Another process may be provisioning the same
 * source, or the application changing its tables: what was done first is found at the next reading.
 */
export async function provisionSource(
  source: Source,
  required: CaptureRequirements,
  options: ProvisionOptions,
): Promise<ProvisionReport> {
  const statements: string[] = [];
  const added = new Map<string, TableName>();
  let created = false;
  for (let round = 1; ; round += 1) {
    const { state, plan, coverage } = await look(source, required);
    const problems = [
      ...coverage.problems,
      ...coverage.tables.flatMap((table) => (table.covered ? [] : table.problems)),
    ];
    const blocking = problems.filter(({ fixable }) => !fixable);
    if (blocking.length > 0 || round > rounds)
      throw notProvisioned(blocking.length > 0 ? blocking : problems);
    for (const table of unscanned(state)) added.set(tableLabel(table), table);
    if (plan.steps.length === 0) return { created, added: [...added.values()], statements };
    try {
      statements.push(...(await execute(source, plan.steps, options)));
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined;
      if (round === rounds || !outrun.has(sqlState(cause) ?? '')) throw error;
      continue;
    }
    created ||= plan.core.length > 0;
    for (const { table } of plan.tables.filter(({ widens }) => widens)) {
      added.set(tableLabel(table.required.table), table.required.table);
    }
  }
}

/** Tables that began to report, or to report more, and of which no scan began since: `settled` forgets them. */
function unscanned({ registrations, tables }: SourceState): TableName[] {
  const waiting = registrations.filter(({ active, unsettled }) => active && unsettled === 'scan');
  return tables
    .filter(({ members }) => waiting.some(({ oid }) => oid === members[0]?.oid))
    .map(({ required: { table } }) => table);
}

export function notProvisioned(problems: readonly CoverageProblem[]): SluiceError {
  const sql = [...new Set(problems.flatMap((problem) => problem.sql ?? []))];
  const hints = [...new Set(problems.flatMap(({ hint }) => (hint === undefined ? [] : [hint])))];
  const unsupported = problems.some(({ code }) => code === 'SLUICE_SOURCE_UNSUPPORTED');
  return new SluiceError(
    unsupported ? 'SLUICE_SOURCE_UNSUPPORTED' : 'SLUICE_CAPTURE_NOT_PROVISIONED',
    problems.map(({ message }) => message).join(' '),
    { hint: [...hints, ...sql.map((statement) => `${statement};`)].join('\n') || undefined },
  );
}

/** What `provision` would run as this role, and apart from it what only an administrator or an owner can. */
export async function scriptSource(source: Source, required: CaptureRequirements): Promise<ProvisionScript> {
  const { state, plan, coverage } = await look(source, required);
  // Nobody may run it there, whatever his rights.
  if (state.core.strangers.length > 0) return { sections: [] };
  const planned = new Set(plan.steps.flatMap((step) => step.statements));
  const others = coverage.tables
    .flatMap(({ problems }) => problems)
    .flatMap(({ sql }) => sql ?? [])
    .filter((statement) => !planned.has(statement));
  const made = plan.tables.filter((table) => refusals(table).length === 0);
  const always = new Set(made.flatMap((table) => table.owners));
  const { role } = state.server;
  const rights = [
    ...grants(state, source.plan(state)),
    ...others.filter((statement) => !always.has(statement)),
  ];
  const sections = [
    {
      // Neither an owner nor CREATEROLE may act for another role without being a member of it.
      title: `Administrator: rights of ${role} (who is no superuser first runs GRANT ${quoteIdentifier(role)} TO CURRENT_USER)`,
      statements: [...new Set(rights)],
    },
    { title: 'Outbox', statements: transaction(plan.core, role) },
    {
      title: 'Functions and triggers',
      statements: plan.steps
        .filter((step) => step.statements !== plan.core && !plan.notes.has(step))
        .flatMap(({ statements }) => transaction(statements, role)),
    },
    { title: 'Owner of the tables: fire for replicated writes too', statements: [...always] },
  ];
  return { sections: sections.filter(({ statements }) => statements.length > 0) };
}

/** Whoever runs it: what is made belongs to the role that reads, and the functions run as no superuser. */
function transaction(statements: readonly string[], role: string): string[] {
  return statements.length === 0
    ? []
    : ['BEGIN', `SET LOCAL ROLE ${quoteIdentifier(role)}`, ...statements, 'COMMIT'];
}
