import type { TableName } from './change.ts';

export type TableRole = 'root' | 'child' | 'parent' | 'junction';

/** Why a table is needed: for messages. */
export interface TableUse {
  readonly index: string;
  readonly role: TableRole;
  /** The field that reads it, `orders.items`; empty for the root. */
  readonly field: string;
}

/** What a plan needs a capture to report about one table. */
export interface RequiredTable {
  readonly table: TableName;
  /** The table's primary key, in key order; empty for a keyless table. */
  readonly key: readonly string[];
  /**
   * Columns whose values before *and* after a change must be known: document key, `doc_id`,
   * `routing`, the child's join columns, referenced columns of a `belongs_to` target.
   */
  readonly links: readonly string[];
  /** Every column that any plan reads, links included. A change of other columns means nothing. */
  readonly watched: readonly string[];
  readonly uses: readonly TableUse[];
}

/** One entry per table, however many plans read it. */
export interface CaptureRequirements {
  readonly tables: readonly RequiredTable[];
}

/** One thing that keeps a guarantee from holding, with what would mend it. */
export interface CoverageProblem {
  /** A code of the catalogue, `SLUICE_…`. */
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  /** The guarantee lost, in words: "deletes from shop.items cannot be traced to their order". */
  readonly guarantee?: string;
  /** SQL that a DBA would run. */
  readonly sql?: readonly string[];
  /** The current role could mend it by `provision`. */
  readonly fixable: boolean;
}

export interface TableCoverage {
  readonly table: TableName;
  readonly covered: boolean;
  readonly problems: readonly CoverageProblem[];
}

/** Something that takes nothing from the guarantees and that people should know. */
export interface CoverageNotice {
  readonly message: string;
  readonly hint?: string;
}

/** What a capture finds of its own mechanism in the source. Made without changing anything. */
export interface CoverageReport {
  /** `absent`: not made yet. `lost`: was there, can no longer deliver what it missed. */
  readonly mechanism: 'ready' | 'absent' | 'lost';
  /** Server-wide or mechanism-wide: wal_level, role, limits, a pooler in the way. */
  readonly problems: readonly CoverageProblem[];
  readonly tables: readonly TableCoverage[];
  /** What is otherwise than usual and does not matter for what is promised: that a pooler is in the way. */
  readonly notices?: readonly CoverageNotice[];
  /**
   * Who follows the mechanism at this moment, where that is another connection than this capture's
   * own live stream: for people. A stream that begins now would throw `SLUICE_CAPTURE_IN_USE`.
   */
  readonly heldBy?: string;
}

/** What `provision` did. */
export interface ProvisionReport {
  /** The mechanism was made by this call: whatever happened before is unknown to it. */
  readonly created: boolean;
  /** Tables that this call began to cover: earlier changes of them were not captured. */
  readonly added: readonly TableName[];
  /** The statements that ran, for the log. */
  readonly statements: readonly string[];
}

/** A reviewed script for a DBA. */
export interface ProvisionScript {
  readonly sections: readonly { readonly title: string; readonly statements: readonly string[] }[];
}
