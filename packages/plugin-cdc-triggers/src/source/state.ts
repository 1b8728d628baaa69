import type { RequiredTable, TableName } from '@sluice/core';
import type { CatalogTable } from '@sluice/postgres';
import type { TriggerMode } from '../options.ts';

/** How a trigger answers to `session_replication_role`: `pg_trigger.tgenabled`. */
export type Firing = 'origin' | 'always' | 'replica' | 'disabled';

export interface TriggerState {
  readonly name: string;
  readonly firing: Firing;
  /** Of our schema; null for a function of anybody else's. */
  readonly function: string | null;
  /** It came from the trigger of the partitioned table above. */
  readonly clone: boolean;
  /** The table's owner may call its function: whoever makes or attaches a partition has to. */
  readonly executable: boolean;
}

/** The required table, or one that hangs below it: a partition, or a child by inheritance. */
export interface MemberState {
  readonly oid: number;
  readonly table: TableName;
  readonly kind: 'table' | 'partitioned' | 'foreign' | 'other';
  /** Its row trigger comes from the table above. */
  readonly partition: boolean;
  readonly logged: boolean;
  /** `heap`, or what a columnar or compressing extension calls itself; empty where it holds no rows. */
  readonly accessMethod: string;
  readonly owned: boolean;
  readonly owner: string;
  /** The owner has the rights of our role: it is that role, a member, or a superuser. */
  readonly ownerIsUs: boolean;
  /** The role may create triggers on it. */
  readonly mayTrigger: boolean;
  /** A logical subscription writes to it. */
  readonly subscribed: boolean;
  readonly triggers: readonly TriggerState[];
}

/** Who waits for writers that may run a function's former version. */
export type Unsettled = 'scan' | 'resync';

/** A row of the capture's `source` table. */
export interface Registration {
  readonly src: number;
  /** Of the table; 0 where it is gone. */
  readonly oid: number;
  readonly label: string;
  readonly function: string;
  readonly mode: TriggerMode;
  readonly columns: readonly string[];
  readonly watched: readonly string[];
  readonly bodyMd5: string;
  readonly lineage: string;
  /** As `TableState.triggersPrint`; null where the triggers were not yet all that they are to be. */
  readonly triggersPrint: string | null;
  readonly unsettled: Unsettled | null;
  readonly active: boolean;
}

export interface FunctionState {
  readonly name: string;
  readonly bodyMd5: string;
  readonly config: readonly string[];
  readonly definer: boolean;
  readonly owned: boolean;
}

export interface TableState {
  readonly required: RequiredTable;
  /** Absent where the table does not exist, or is no table. */
  readonly catalog: CatalogTable | undefined;
  /** Columns that virtual generated ones are made of, by the generated column's name. */
  readonly generatedFrom: Readonly<Record<string, readonly string[]>>;
  /** The table itself first. */
  readonly members: readonly MemberState[];
  /** A fingerprint of what no trigger tells: the set of partitions, rewrites, a table made anew. */
  readonly lineage: string;
  /** A fingerprint of the last change of any trigger of ours: switched off and on again it is another. */
  readonly triggersPrint: string;
}

export interface ServerState {
  /** `server_version_num`: 180004. */
  readonly version: number;
  readonly versionText: string;
  readonly inRecovery: boolean;
  readonly role: string;
  /** Prepared transactions are possible: they cannot hold a NOTIFY. */
  readonly prepares: boolean;
  /** A transaction pooler is in the way: nothing can be heard, and no lock held, between transactions. */
  readonly pooled: boolean;
  /** The role may make schemas in the database. */
  readonly mayCreate: boolean;
}

export interface CoreState {
  readonly schemaExists: boolean;
  /** The role may make tables and functions in the schema. */
  readonly mayUse: boolean;
  /** Tables of the capture that do not exist. */
  readonly missing: readonly string[];
  /** The tables are there, but the role may not read or write them as a reader has to. */
  readonly denied: readonly string[];
  /** Relations that have the capture's names and are none of its own. */
  readonly strangers: readonly string[];
  /** The outbox is the role's own, or not there: the role may vacuum it. */
  readonly owned: boolean;
  /** Null where there is no `meta` table. */
  readonly version: number | null;
  readonly instance: string | null;
  /** The file that the outbox is in, and the one it was in when the capture noted it; null where not known. */
  readonly outboxFile: string | null;
  readonly notedFile: string | null;
  /** The role may write to `meta`. */
  readonly mayNote: boolean;
  readonly madeSchema: boolean;
}

/** All that decisions about the source are made from. */
export interface SourceState {
  readonly server: ServerState;
  readonly core: CoreState;
  readonly registrations: readonly Registration[];
  readonly functions: readonly FunctionState[];
  readonly tables: readonly TableState[];
}
