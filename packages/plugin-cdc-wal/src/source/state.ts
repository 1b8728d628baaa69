import type { RequiredTable, TableName } from '@sluice/core';
import type { Lsn } from '@sluice/postgres';
import type { CaptureRecord } from './record.ts';

/** How a table's old rows are logged: `pg_class.relreplident`. */
export type ReplicaIdentity = 'default' | 'nothing' | 'full' | 'index';

export interface ColumnState {
  readonly name: string;
  readonly notNull: boolean;
  readonly generated: 'no' | 'stored' | 'virtual';
  /** The type has no upper bound on its size: an index over it can refuse a long value. */
  readonly unbounded: boolean;
}

export interface IndexState {
  readonly name: string;
  /** Key columns in index order; null where an expression stands in place of one. */
  readonly columns: readonly (string | null)[];
  readonly unique: boolean;
  readonly primary: boolean;
  /** Chosen by REPLICA IDENTITY USING INDEX. */
  readonly identity: boolean;
  readonly valid: boolean;
  /** Not deferrable. */
  readonly immediate: boolean;
  readonly partial: boolean;
  readonly comment: string | null;
}

/** A table that holds rows: the required one, or a leaf below it. */
export interface MemberState {
  readonly oid: number;
  readonly table: TableName;
  readonly identity: ReplicaIdentity;
  /** `unlogged` and `temporary` tables, and `foreign` ones, are not in the log. */
  readonly storage: 'logged' | 'unlogged' | 'temporary' | 'foreign';
  readonly owned: boolean;
  readonly owner: string;
  /** The role may create an index in the table's schema. */
  readonly mayIndex: boolean;
  readonly columns: readonly ColumnState[];
  readonly indexes: readonly IndexState[];
  /** Columns that foreign keys use: their values fit an index. */
  readonly bounded: readonly string[];
  /** Columns published by our publication; null where it does not publish the table. */
  readonly published: readonly string[] | null;
  /** Our publication publishes only some rows. */
  readonly filtered: boolean;
  /** Named by our publication itself, not through a root or a schema. */
  readonly direct: boolean;
  /** Other publications that name it. */
  readonly otherPublications: readonly string[];
}

export interface TableState {
  readonly required: RequiredTable;
  /** 0 where the table does not exist. */
  readonly oid: number;
  readonly partitioned: boolean;
  readonly owned: boolean;
  readonly direct: boolean;
  readonly members: readonly MemberState[];
  /**
   * Fingerprint of what the log does not tell: which tables hold the rows, and since which attachment;
   * since when they are published; what the watched columns are. Empty where there is no table.
   */
  readonly lineage: string;
}

export interface PublicationState {
  readonly oid: number;
  readonly name: string;
  readonly owned: boolean;
  readonly owner: string;
  readonly operations: readonly ('insert' | 'update' | 'delete' | 'truncate')[];
  readonly viaRoot: boolean;
  /** Postgres 18: stored generated columns are published. Null before. */
  readonly generatedColumns: boolean | null;
  readonly record: CaptureRecord;
}

export interface SlotState {
  readonly name: string;
  readonly plugin: string;
  readonly database: string;
  readonly status: 'usable' | 'lost';
  readonly lostReason: string | null;
  readonly activePid: number | null;
  readonly activeApplication: string | null;
  /** Null for a socket of the machine, and where the role may not see it. */
  readonly activeAddress: string | null;
  /** When that session began; null where the role may not see it. */
  readonly activeSince: string | null;
  /** Null while it is being created. */
  readonly confirmed: Lsn | null;
}

export interface ServerState {
  /** `server_version_num`: 180004. */
  readonly version: number;
  readonly versionText: string;
  readonly walLevel: string;
  readonly inRecovery: boolean;
  readonly role: string;
  readonly mayReplicate: boolean;
  readonly mayCreate: boolean;
  readonly database: string;
  readonly slotsFree: number;
  readonly maxSlots: number;
}

/** All that decisions about the source are made from, read at one moment. */
export interface SourceState {
  readonly server: ServerState;
  readonly publication: PublicationState | null;
  readonly slot: SlotState | null;
  readonly tables: readonly TableState[];
}
