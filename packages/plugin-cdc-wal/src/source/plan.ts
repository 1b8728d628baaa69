import { isDeepStrictEqual } from 'node:util';
import { membersOf, quoteIdentifier, quoteLiteral, quoteTable, tableLabel } from '@sluice/postgres';
import type { CaptureNames } from '../options.ts';
import { type GeneratedColumns, hasIdentity, type IdentityPlan, planIdentity } from './identity.ts';
import { type FormerIdentity, identitySql } from './identity-sql.ts';
import { type CaptureRecord, formatRecord } from './record.ts';
import type { MemberState, SourceState, TableState } from './state.ts';

/** Statements that belong together. */
export interface ProvisionStep {
  readonly title: 'Identities' | 'Publication' | 'Replication slot';
  /** `alone`: each by itself, outside a transaction. `slot`: alone, and waits for open transactions. */
  readonly run: 'alone' | 'together' | 'slot';
  readonly statements: readonly string[];
}

export interface MemberPlan {
  readonly table: TableState;
  readonly member: MemberState;
  readonly identity: IdentityPlan;
}

export interface ProvisionPlan {
  readonly steps: readonly ProvisionStep[];
  readonly members: readonly MemberPlan[];
  /** Tables that the steps begin to publish. */
  readonly joining: readonly TableState[];
  /** What the capture remembers once all steps are done. */
  readonly record: CaptureRecord;
  readonly createsSlot: boolean;
  /** The slot that is there is dropped first. */
  readonly replacesSlot: boolean;
}

export interface PlanOptions {
  readonly names: CaptureNames;
  /** Labels of tables whose identity need not hold the links. */
  readonly acceptLoss: readonly string[];
  /** The stream found that the slot cannot be read any more, whatever it looks like. */
  readonly renewSlot?: boolean;
}

const operations = 'insert, update, delete, truncate';

/**
 * What has to run, in the order that never hurts: a publication without tables (it holds the record),
 * identities, tables into the publication, slot. Empty steps where all is as it should be.
 */
export function planProvision(state: SourceState, options: PlanOptions): ProvisionPlan {
  const { names } = options;
  const publication = state.publication;
  const generated: GeneratedColumns = state.server.version >= 180_000 ? 'published' : 'left-out';
  const members = state.tables.flatMap((table) =>
    table.members.map((member) => ({
      table,
      member,
      identity: identityOf(table, member, generated, options),
    })),
  );
  const identities = members.map((plan) => ({ ...plan, sql: identitySql(plan.member, plan.identity) }));
  const former = Object.fromEntries(
    identities.flatMap(({ member, sql }): [string, FormerIdentity][] =>
      sql.former === null ? [] : [[tableLabel(member.table), sql.former]],
    ),
  );
  const joining = state.tables.filter((table) => joins(table).length > 0);
  // Without its publication a slot passes over changes, or cannot be read at all.
  const replacesSlot =
    state.slot !== null &&
    (state.slot.status === 'lost' || publication === null || options.renewSlot === true);
  const createsSlot = state.slot === null || replacesSlot;
  const before: CaptureRecord = {
    ...publication?.record,
    // A former identity that is known stays: the one found now may be ours.
    identities: { ...former, ...publication?.record.identities },
  };
  const record = after(state, before, joining, createsSlot);

  const steps: ProvisionStep[] = [];
  const add = (title: ProvisionStep['title'], run: ProvisionStep['run'], statements: readonly string[]) => {
    if (statements.length > 0) steps.push({ title, run, statements });
  };
  if (replacesSlot) {
    // Before there is a publication: a crash in between must not leave the old slot beside a new publication.
    add('Replication slot', 'alone', [
      `SELECT pg_catalog.pg_drop_replication_slot(${quoteLiteral(names.slot)})`,
    ]);
  }
  add('Publication', 'together', publicationStatements(state, names, before));
  for (const { sql } of identities) {
    add('Identities', 'alone', sql.alone);
    add('Identities', 'together', sql.together);
  }
  if (joining.length > 0) {
    add('Publication', 'together', [
      `ALTER PUBLICATION ${quoteIdentifier(names.publication)} ADD TABLE ${joining.flatMap(joins).join(', ')}`,
      recordStatement(names.publication, { ...record, slot: publication?.record.slot ?? false }),
    ]);
  }
  if (createsSlot) {
    add('Replication slot', 'slot', [createSlot(names.slot, state.server.version)]);
    // It may stand there already: written by a script of which the slot alone failed, say, and by another role.
    if (steps.length > 1 || !isRecorded(publication?.record, record)) {
      add('Replication slot', 'alone', [recordStatement(names.publication, record)]);
    }
  }
  return { steps, members, joining, record, createsSlot, replacesSlot };
}

function identityOf(
  table: TableState,
  member: MemberState,
  generated: GeneratedColumns,
  options: PlanOptions,
): IdentityPlan {
  const plan = planIdentity(member, table.required, generated);
  // Accepting the loss never accepts that the application's own statements fail.
  const accepted = options.acceptLoss.includes(tableLabel(table.required.table)) && hasIdentity(member);
  return accepted ? { kind: 'fine' } : plan;
}

/**
 * A partitioned table with a key is published itself: partitions made later are published from their
 * first row on. Without a key a new partition would have no identity, and the application's updates
 * of it would fail: then each leaf is published once its identity is set.
 */
function joins(table: TableState): readonly string[] {
  if (table.oid === 0) return [];
  const unpublished = table.members.filter(
    (member) => member.published === null && member.storage === 'logged',
  );
  if (table.partitioned && table.required.key.length > 0) {
    return !table.direct && (unpublished.length > 0 || table.members.length === 0)
      ? [quoteTable(table.required.table)]
      : [];
  }
  return unpublished.map((member) => `ONLY ${quoteTable(member.table)}`);
}

function publicationStatements(state: SourceState, names: CaptureNames, record: CaptureRecord): string[] {
  const { publication, server } = state;
  const name = quoteIdentifier(names.publication);
  const generated = server.version >= 180_000 ? ', publish_generated_columns = stored' : '';
  const parameters = `(publish = '${operations}', publish_via_partition_root = false${generated})`;
  if (publication === null) {
    return [
      `CREATE PUBLICATION ${name} WITH ${parameters}`,
      recordStatement(names.publication, { ...record, created: true }),
    ];
  }
  const right =
    publication.operations.length === 4 && !publication.viaRoot && publication.generatedColumns !== false;
  const statements = right ? [] : [`ALTER PUBLICATION ${name} SET ${parameters}`];
  // The former identity is written down before the identity is altered.
  if (JSON.stringify(record.identities ?? {}) !== JSON.stringify(publication.record.identities ?? {})) {
    statements.push(recordStatement(names.publication, record));
  }
  return statements;
}

function after(
  state: SourceState,
  before: CaptureRecord,
  joining: readonly TableState[],
  createsSlot: boolean,
): CaptureRecord {
  // A root whose lineage was never written down is accounted for only where all of it begins now. Its
  // place in the publication is not known yet: the stream writes down what it finds.
  const fresh = createsSlot ? state.tables : joining;
  const lineages = Object.fromEntries(
    fresh
      .filter(({ lineage }) => lineage !== '')
      .map(({ required, lineage }) => [tableLabel(required.table), membersOf(lineage)]),
  );
  const labels = joining.map(({ required }) => tableLabel(required.table));
  const joined =
    createsSlot || labels.length === 0
      ? before.joined
      : { xid: xidPlaceholder, tables: [...new Set([...(before.joined?.tables ?? []), ...labels])] };
  const { joined: _, released: __, ...rest } = before;
  return {
    ...rest,
    created: state.publication === null || before.created === true,
    slot: true,
    ...(joined === undefined || createsSlot ? {} : { joined }),
    ...(before.released === undefined || createsSlot ? {} : { released: before.released }),
    lineages: { ...before.lineages, ...lineages },
  };
}

function isRecorded(known: CaptureRecord | undefined, record: CaptureRecord): boolean {
  return known !== undefined && isDeepStrictEqual(known, record);
}

function createSlot(slot: string, version: number): string {
  const failover = version >= 170_000 ? ', failover => true' : '';
  return `SELECT pg_catalog.pg_create_logical_replication_slot(${quoteLiteral(slot)}, 'pgoutput'${failover})`;
}

const xidPlaceholder = '@current transaction@';

/**
 * COMMENT takes no expression: a DO block puts the id of the running transaction, the one that adds
 * tables, where the record asks for it.
 */
export function recordStatement(publication: string, record: CaptureRecord): string {
  const text = formatRecord(record);
  const name = quoteIdentifier(publication);
  if (record.joined?.xid !== xidPlaceholder) return `COMMENT ON PUBLICATION ${name} IS ${quoteLiteral(text)}`;
  const body = `BEGIN EXECUTE pg_catalog.format('COMMENT ON PUBLICATION %I IS %L', ${quoteLiteral(publication)}, pg_catalog.replace(${quoteLiteral(text)}, '${xidPlaceholder}', pg_catalog.pg_current_xact_id()::text)); END`;
  return `DO ${quoteLiteral(body)}`;
}
