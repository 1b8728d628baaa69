import type { CoverageProblem, CoverageReport, TableCoverage } from '@sluice/core';
import { quoteTable, tableLabel } from '@sluice/postgres';
import type { CaptureNames } from '../options.ts';
import { releaseReason } from './health.ts';
import { hasIdentity } from './identity.ts';
import { identitySql } from './identity-sql.ts';
import { minimumVersion } from './minimum-version.ts';
import type { MemberPlan, PlanOptions, ProvisionPlan } from './plan.ts';
import { missedPublication } from './slot.ts';
import type { PublicationState, SourceState, TableState } from './state.ts';

const unprovisioned = 'SLUICE_CAPTURE_NOT_PROVISIONED';

/** The report of `inspect`: everything that `planProvision` would do, and what nobody but a DBA can. */
export function report(state: SourceState, plan: ProvisionPlan, options: PlanOptions): CoverageReport {
  const { version, versionText } = state.server;
  if (version < minimumVersion) {
    const message = `The server is PostgreSQL ${versionText}; the log capture needs 15 or newer.`;
    return {
      mechanism: 'absent',
      problems: [
        { code: 'SLUICE_SOURCE_UNSUPPORTED', message, hint: 'Take `capture: triggers`.', fixable: false },
      ],
      tables: [],
    };
  }
  return {
    mechanism: mechanism(state, plan),
    problems: [
      ...serverProblems(state, plan),
      ...publicationProblems(state, plan),
      ...slotProblems(state, plan, options.names),
    ],
    tables: state.tables.map((table) => tableCoverage(table, state, plan)),
  };
}

function mechanism(state: SourceState, plan: ProvisionPlan): CoverageReport['mechanism'] {
  if (state.slot === null) return state.publication?.record.slot === true ? 'lost' : 'absent';
  return plan.replacesSlot ? 'lost' : 'ready';
}

function serverProblems({ server }: SourceState, plan: ProvisionPlan): CoverageProblem[] {
  const problems: CoverageProblem[] = [];
  if (server.inRecovery) {
    problems.push({
      code: 'SLUICE_SOURCE_UNSUPPORTED',
      message: 'The server is a standby.',
      hint: 'Connect to the primary.',
      fixable: false,
    });
  }
  if (server.walLevel !== 'logical') {
    problems.push({
      code: unprovisioned,
      message: `The server's wal_level is ${server.walLevel}; the log capture needs logical.`,
      hint: 'It takes effect when the server restarts.',
      sql: ['ALTER SYSTEM SET wal_level = logical'],
      fixable: false,
    });
  }
  if (!server.mayReplicate) {
    problems.push({
      code: unprovisioned,
      message: `The role ${server.role} may not replicate.`,
      hint: 'On Amazon RDS: GRANT rds_replication TO the role instead.',
      sql: [`ALTER ROLE "${server.role.replaceAll('"', '""')}" REPLICATION`],
      fixable: false,
    });
  }
  if (plan.createsSlot && server.slotsFree <= 0) {
    problems.push({
      code: unprovisioned,
      message: `The server's max_replication_slots (${server.maxSlots}) is used up.`,
      hint: 'It takes effect when the server restarts.',
      sql: [`ALTER SYSTEM SET max_replication_slots = ${server.maxSlots + 5}`],
      fixable: false,
    });
  }
  return problems;
}

function publicationProblems(state: SourceState, plan: ProvisionPlan): CoverageProblem[] {
  const { publication, server } = state;
  const statements = plan.steps.find((step) => step.title === 'Publication')?.statements ?? [];
  if (publication === null) {
    return [
      {
        code: unprovisioned,
        message: 'The publication does not exist.',
        sql: statements,
        fixable: server.mayCreate,
      },
    ];
  }
  const alter = statements.find((statement) => statement.includes(' SET ('));
  if (alter === undefined) return [];
  return [
    {
      code: unprovisioned,
      message: `The publication ${publication.name} does not publish every operation of every partition by itself.`,
      guarantee: 'Some changes do not reach the indexes.',
      sql: [alter],
      fixable: publication.owned,
    },
  ];
}

function slotProblems(state: SourceState, plan: ProvisionPlan, names: CaptureNames): CoverageProblem[] {
  const { slot, server } = state;
  if (slot !== null && (slot.plugin !== 'pgoutput' || slot.database !== server.database)) {
    return [
      {
        code: unprovisioned,
        message: `The slot ${names.slot} is of plugin ${slot.plugin || 'none'} and database ${slot.database || 'none'}.`,
        hint: "Choose another name with the capture's option slot.",
        fixable: false,
      },
    ];
  }
  if (!plan.createsSlot) return [];
  const lost = mechanism(state, plan) === 'lost';
  return [
    {
      code: lost ? 'SLUICE_CAPTURE_LOST' : unprovisioned,
      message: lost
        ? `The slot ${names.slot} is lost (${lostReason(state)}).`
        : `The slot ${names.slot} does not exist.`,
      ...(lost
        ? {
            guarantee: 'Changes since it was lost did not reach the indexes: they are reconciled.',
            hint: 'To keep it from happening, look at max_slot_wal_keep_size and at what drops slots.',
          }
        : {}),
      sql: plan.steps.filter((step) => step.title === 'Replication slot').flatMap((step) => step.statements),
      fixable: server.mayReplicate,
    },
  ];
}

function lostReason({ slot, publication }: SourceState): string {
  if (slot === null) return releaseReason(publication?.record.released) ?? 'dropped';
  if (publication === null) return 'its publication is gone';
  return slot.lostReason ?? missedPublication;
}

function tableCoverage(table: TableState, state: SourceState, plan: ProvisionPlan): TableCoverage {
  const name = table.required.table;
  const problems: CoverageProblem[] = [];
  if (table.oid === 0) {
    problems.push({
      code: 'SLUICE_SCHEMA_CATALOG',
      message: `The table ${tableLabel(name)} does not exist, or is not a table.`,
      fixable: false,
    });
  }
  for (const member of plan.members) {
    if (member.table === table) problems.push(...memberProblems(member, plan));
  }
  if (plan.joining.includes(table)) problems.push(joinProblem(table, state.publication, plan, state));
  return { table: name, covered: problems.length === 0, problems };
}

function memberProblems(plan: MemberPlan, whole: ProvisionPlan): CoverageProblem[] {
  const { member, table, identity } = plan;
  const label = tableLabel(member.table);
  if (member.storage !== 'logged') {
    return [
      {
        code: unprovisioned,
        message: `The table ${label} is ${member.storage}: its changes are not in the log.`,
        ...(member.storage === 'unlogged'
          ? { sql: [`ALTER TABLE ${quoteTable(member.table)} SET LOGGED`] }
          : {}),
        fixable: false,
      },
    ];
  }
  const problems: CoverageProblem[] = [];
  if (identity.kind !== 'fine') {
    const sql = identitySql(member, identity);
    const mayNotIndex = identity.kind === 'new-index' && member.owned && !member.mayIndex;
    problems.push({
      code: identity.kind === 'impossible' && identity.drift ? 'SLUICE_SCHEMA_CATALOG' : unprovisioned,
      message: identityMessage(plan, label),
      guarantee: guarantee(table, label),
      ...(identity.kind === 'impossible'
        ? { hint: `Nothing can be set for it: ${identity.reason}.` }
        : {
            hint: mayNotIndex
              ? `The role may not create an index in the schema ${member.table.schema}.`
              : owner(member),
            sql: [...sql.alone, ...sql.together],
          }),
      fixable: identity.kind !== 'impossible' && member.owned && !mayNotIndex,
    });
  }
  // A column that is gone is drift, whatever the publication names: the builder reports it.
  const present = (link: string) => member.columns.some(({ name }) => name === link);
  const hidden = table.required.links.filter(
    (link) => present(link) && member.published?.includes(link) === false,
  );
  if (member.filtered || (hidden.length > 0 && !whole.steps.some((step) => step.title === 'Publication'))) {
    problems.push({
      code: unprovisioned,
      message: member.filtered
        ? `The publication filters rows of ${label}.`
        : `The publication leaves out ${hidden.join(', ')} of ${label}.`,
      guarantee: guarantee(table, label),
      hint: 'Publish the table with all rows and columns.',
      fixable: false,
    });
  }
  return problems;
}

function identityMessage({ member, identity }: MemberPlan, label: string): string {
  if (!hasIdentity(member)) return `The table ${label} has no replica identity.`;
  const why = identity.kind === 'full' ? ` and needs FULL, since ${identity.reason}` : '';
  return `The replica identity of ${label} does not hold what its documents depend on${why}.`;
}

function guarantee({ required }: TableState, label: string): string {
  const uses = required.uses.map(({ index, field }) => (field === '' ? index : `${index}.${field}`));
  const where = uses.length === 0 ? 'documents' : `documents of ${[...new Set(uses)].join(', ')}`;
  return `Deletes from ${label}, and updates that move its rows, cannot be traced to the ${where} that held them.`;
}

function joinProblem(
  table: TableState,
  publication: PublicationState | null,
  plan: ProvisionPlan,
  state: SourceState,
): CoverageProblem {
  const label = tableLabel(table.required.table);
  const mayPublish = publication === null ? state.server.mayCreate : publication.owned;
  return {
    code: unprovisioned,
    message: `The table ${label} is not published.`,
    guarantee: `Changes of ${label} do not reach the indexes.`,
    hint: table.owned ? 'The publication must belong to the role that adds tables.' : owner(table.members[0]),
    sql: plan.steps
      .flatMap((step) => step.statements)
      .filter((statement) => statement.startsWith('ALTER PUBLICATION') && statement.includes(' ADD TABLE ')),
    fixable: mayPublish && table.owned && table.members.every((member) => member.owned),
  };
}

function owner(member: { readonly owner: string } | undefined): string {
  return member === undefined
    ? 'Its owner has to run this.'
    : `Its owner, ${member.owner}, or a superuser has to run this.`;
}
