import type { RowValues } from '../../contracts/index.ts';
import type { TestTableName } from './test-tables.ts';

/** Writes rows of the shop. Values are text as Postgres prints it; `null` is NULL. */
export interface SourceWriter {
  /** Every column of a row is given. */
  insert(table: TestTableName, rows: readonly RowValues[]): Promise<void>;
  /** Changes the row with this key (all key columns); `set` may hold key columns. */
  update(table: TestTableName, key: RowValues, set: RowValues): Promise<void>;
  delete(table: TestTableName, key: RowValues): Promise<void>;
  truncate(table: TestTableName): Promise<void>;
}

/** A transaction on a connection of its own: invisible to others until `commit`. */
export interface SourceTransaction extends SourceWriter {
  /** Its xid8, decimal; absent where transactions have no such ids. */
  id?(): Promise<string>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

/**
 * A source for one check: the tables of the shop, empty, with nothing of the plugin in it.
 * Each call of the writer is a transaction of its own, committed when it resolves.
 */
export interface TestSource extends SourceWriter {
  /** The schema that holds the tables. */
  readonly schema: string;
  begin(): Promise<SourceTransaction>;
  /** Removes all of it, whatever the check left behind; rolls back what is still open. */
  cleanUp(): Promise<void>;
}
