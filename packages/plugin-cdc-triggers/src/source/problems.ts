import type { CoverageProblem, CoverageReport, TableCoverage } from '@sluice/core';
import { quoteIdentifier, quoteTable, tableLabel } from '@sluice/postgres';
import { schemaVersion } from '../ddl/core.ts';
import { grants, type ProvisionPlan } from './plan.ts';
import { captures, type PlanOptions, type TablePlan } from './plan-table.ts';
import { missingColumns, refusals } from './refusals.ts';
import type { MemberState, SourceState } from './state.ts';

/** The oldest server that is supported: it has xid8. */
export const minimumVersion = 130_000;

const unprovisioned = 'SLUICE_CAPTURE_NOT_PROVISIONED';

/** The report of `inspect`: everything that `planProvision` would do, and what nobody but an owner can. */
export function report(state: SourceState, plan: ProvisionPlan, options: PlanOptions): CoverageReport {
  return {
    mechanism: mechanism(state),
    problems: [...serverProblems(state), ...coreProblems(state, plan, options)],
    tables: plan.tables.map((table) => tableCoverage(table, state, options)),
  };
}

export function mechanism({ core }: SourceState): CoverageReport['mechanism'] {
  if (core.strangers.length > 0) return 'absent';
  if (core.missing.length === 0) return 'ready';
  return core.version === null ? 'absent' : 'lost';
}

function serverProblems({ server }: SourceState): CoverageProblem[] {
  const problems: CoverageProblem[] = [];
  if (server.version < minimumVersion) {
    problems.push({
      code: 'SLUICE_SOURCE_UNSUPPORTED',
      message: `The server is PostgreSQL ${server.versionText}; the trigger capture needs 13 or newer.`,
      fixable: false,
    });
  }
  if (server.inRecovery) {
    problems.push({
      code: 'SLUICE_SOURCE_UNSUPPORTED',
      message: 'The server is a standby.',
      hint: 'Connect to the primary.',
      fixable: false,
    });
  }
  return problems;
}

function coreProblems(state: SourceState, plan: ProvisionPlan, options: PlanOptions): CoverageProblem[] {
  const { core, server } = state;
  const { schema } = options.names;
  const needed = grants(state, options);
  if (core.strangers.length > 0) {
    return [
      {
        code: 'SLUICE_SOURCE_UNSUPPORTED',
        message: `The schema ${schema} has ${core.strangers.join(', ')} of somebody else's.`,
        hint: 'Name another schema for the capture (`schema`), one that nothing else is in.',
        fixable: false,
      },
    ];
  }
  if (core.version !== null && core.version > schemaVersion) {
    return [
      {
        code: 'SLUICE_SOURCE_UNSUPPORTED',
        message: `The schema ${schema} was made by a newer Sluice (version ${core.version}; this one knows ${schemaVersion}).`,
        hint: 'Run that one, or remove the capture with it first.',
        fixable: false,
      },
    ];
  }
  if (core.missing.length === 0) {
    if (core.denied.length === 0) return [];
    return [
      {
        code: unprovisioned,
        message: `The role ${server.role} may not use the tables of the schema ${schema} (${core.denied.join(', ')}).`,
        sql: needed,
        fixable: false,
      },
    ];
  }
  const lost = mechanism(state) === 'lost';
  return [
    {
      code: lost ? 'SLUICE_CAPTURE_LOST' : unprovisioned,
      message: lost
        ? `Tables of the outbox are gone: ${core.missing.map((name) => `${schema}.${name}`).join(', ')}.`
        : 'The outbox does not exist.',
      ...(lost ? { guarantee: 'Changes since then did not reach the indexes: they are reconciled.' } : {}),
      sql: needed.length > 0 ? needed : plan.core,
      fixable: needed.length === 0,
    },
  ];
}

function tableCoverage(plan: TablePlan, state: SourceState, options: PlanOptions): TableCoverage {
  const { table } = plan.table.required;
  const refused = [...refusals(plan), ...missingColumns(plan)];
  if (refused.length > 0) return { table, covered: false, problems: refused };
  const missing = captureProblems(plan, state, options);
  return { table, covered: missing.length === 0, problems: missing.length > 0 ? missing : warnings(plan) };
}

/** Changes are not reported, or not all that is asked for. */
function captureProblems(plan: TablePlan, state: SourceState, options: PlanOptions): CoverageProblem[] {
  const label = tableLabel(plan.table.required.table);
  const uncovered = plan.triggers.filter(({ finding }) => !captures(finding));
  const broken = plan.functionFinding === 'absent' || plan.functionFinding === 'altered';
  const reasons = [
    ...(plan.registered === null ? ['it has no triggers of this capture'] : []),
    ...(plan.registered !== null && plan.widens
      ? ['its triggers do not report all that the indexes need']
      : []),
    ...(plan.registered !== null && broken ? [`its trigger function is ${plan.functionFinding}`] : []),
    ...(plan.registered === null
      ? []
      : uncovered.map(
          ({ member, part, finding }) => `the ${part} trigger of ${tableLabel(member.table)} is ${finding}`,
        )),
  ];
  if (reasons.length === 0) return [];
  const obstacle = obstacleTo(plan, state, options);
  return [
    {
      code: unprovisioned,
      message: `Changes of ${label} are not captured: ${reasons.join('; ')}.`,
      guarantee: `Changes of ${label} do not reach the indexes.`,
      ...(obstacle === null ? { sql: plan.statements } : obstacle),
      fixable: obstacle === null,
    },
  ];
}

/** Why this role cannot mend the table by itself, with what would let it; null where it can. */
function obstacleTo(
  plan: TablePlan,
  state: SourceState,
  options: PlanOptions,
): Pick<CoverageProblem, 'hint' | 'sql'> | null {
  const { core, server } = state;
  const role = quoteIdentifier(server.role);
  if (core.schemaExists && !core.mayUse) {
    return { sql: [`GRANT USAGE, CREATE ON SCHEMA ${quoteIdentifier(options.names.schema)} TO ${role}`] };
  }
  if (plan.functionState?.owned === false && plan.functionFinding !== 'right') {
    return { hint: `The owner of the function ${plan.function.name} has to run this.`, sql: plan.statements };
  }
  const forbidden = plan.table.members.filter((member) => !member.mayTrigger && needsWork(plan, member));
  if (forbidden.length > 0) {
    return {
      hint: [owners(forbidden), ...forPartitionsThatCome(plan, role)].join(' '),
      sql: forbidden.map((member) => `GRANT TRIGGER ON ${quoteTable(member.table)} TO ${role}`),
    };
  }
  // A trigger that is made brings those of the partitions along.
  const made = plan.triggers.some(({ part, top, finding }) => part === 'row' && top && finding === 'missing');
  const clones = plan.triggers.filter(
    ({ member, part, finding }) =>
      part === 'row' && member.partition && !member.owned && !captures(finding) && !made,
  );
  return clones.length === 0 ? null : { hint: owners(clones.map(({ member }) => member)), sql: plan.owners };
}

/** A partition that comes without the right stops the stream: told before it happens for the first time. */
function forPartitionsThatCome({ table: { members } }: TablePlan, role: string): string[] {
  const [top] = members;
  if (top?.kind !== 'partitioned') return [];
  const place = `FOR ROLE ${quoteIdentifier(top.owner)} IN SCHEMA ${quoteIdentifier(top.table.schema)}`;
  return [
    `For partitions that come as well: ALTER DEFAULT PRIVILEGES ${place} GRANT TRIGGER ON TABLES TO ${role};`,
  ];
}

function needsWork(plan: TablePlan, member: MemberState): boolean {
  return plan.triggers.some((trigger) => trigger.member === member && !captures(trigger.finding));
}

function warnings(plan: TablePlan): CoverageProblem[] {
  const label = tableLabel(plan.table.required.table);
  const problems: CoverageProblem[] = [];
  const strangers = plan.table.members.filter(({ owned }) => !owned);
  if (plan.owners.length > 0) {
    problems.push({
      code: unprovisioned,
      message: `Triggers of ${label} do not fire for what logical replication, or a session with session_replication_role = replica, writes.`,
      hint: owners(strangers),
      sql: plan.owners,
      fixable: false,
    });
  }
  if (plan.attaching.length > 0) {
    problems.push({
      code: unprovisioned,
      message: `The owner of ${label} cannot make or attach a partition: it may not call the trigger function, which belongs to another role.`,
      hint: `The owner of the function ${plan.function.name} has to run this.`,
      sql: plan.attaching,
      fixable: false,
    });
  }
  const odd = plan.table.members.filter(({ accessMethod }) => accessMethod !== '' && accessMethod !== 'heap');
  if (odd.length > 0) {
    problems.push({
      code: unprovisioned,
      message: `Whether triggers see every change of ${label} depends on its access method, ${odd[0]?.accessMethod}.`,
      fixable: false,
    });
  }
  return problems;
}

function owners(members: readonly MemberState[]): string {
  const names = [...new Set(members.map(({ owner }) => owner))];
  return `Its owner, ${names.join(', ')}, or a superuser has to run this.`;
}
