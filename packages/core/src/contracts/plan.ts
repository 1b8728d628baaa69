import type { RequiredTable } from './coverage.ts';
import type { IndexSchema, SourcePath } from './schema.ts';

/**
 * An index's schema bound to the live catalog by a document builder: keys found, types checked,
 * dependencies known. Immutable. Only the builder that made it can read more of it than this.
 */
export interface IndexPlan {
  readonly schema: IndexSchema;
  /** The root's key columns, in key order. */
  readonly key: readonly string[];
  /** The columns that make the `_id`. */
  readonly docId: readonly string[];
  /** Every table that the documents read, one entry each. */
  readonly tables: readonly RequiredTable[];
}

/** Something wrong with a schema, by itself or against the catalog. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  /** A code of the catalogue, `SLUICE_…`. */
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  /** Place in the YAML file. */
  readonly path: SourcePath;
}

export interface BindResult {
  readonly index: string;
  /** null where a diagnostic is an error. */
  readonly plan: IndexPlan | null;
  readonly diagnostics: readonly Diagnostic[];
}
