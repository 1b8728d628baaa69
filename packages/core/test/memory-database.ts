import {
  type SourceTransaction,
  type SourceWriter,
  type TestSource,
  type TestTableName,
  testTables,
} from '../src/conformance/index.ts';
import type { RowValues, TransactionOutcome } from '../src/contracts/index.ts';

/** One row as a transaction changed it; `truncate` has neither state. */
export interface RowChange {
  readonly table: TestTableName;
  readonly operation: 'insert' | 'update' | 'delete' | 'truncate';
  readonly before: RowValues | null;
  readonly after: RowValues | null;
  /** What was told of the write when it happened: a mechanism that did not exist yet knows nothing of it. */
  readonly told: unknown;
}

/** A transaction that ended with `commit`. */
export interface Commit {
  /** In the order in which transactions began to write. */
  readonly begun: number;
  /** Transactions that had ended before. */
  readonly finishedBefore: number;
  readonly changes: readonly RowChange[];
}

interface Write {
  readonly table: TestTableName;
  readonly operation: RowChange['operation'];
  readonly key: string | null;
  readonly row: RowValues | null;
  readonly told: unknown;
}

/** The shop's tables in memory: a source as small as one can be, for the kits' own tests. */
export class MemoryDatabase {
  readonly schema = 'shop';
  readonly tables = new Map<TestTableName, Map<string, RowValues>>(
    testTables.map(({ name }) => [name, new Map()]),
  );
  /** Every commit, oldest first. */
  readonly log: Commit[] = [];
  readonly rolledBack: RowChange[] = [];
  /** Transactions that have not ended. */
  readonly open = new Set<object>();
  /** Transactions that have ended. */
  finished = 0;
  /** Asked at each write. */
  tell: (table: TestTableName) => unknown = () => null;
  #begun = 0;
  #waiting: (() => void)[] = [];

  /** Resolves when something happened. */
  async changed(signal?: AbortSignal): Promise<void> {
    let heard = (): void => undefined;
    const event = new Promise<void>((resolve) => {
      heard = resolve;
    });
    this.#waiting.push(heard);
    signal?.addEventListener('abort', heard, { once: true });
    await event;
    signal?.removeEventListener('abort', heard);
  }

  notify(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  /** What became of transactions that were begun by name. */
  readonly outcomes = new Map<string, TransactionOutcome>();

  commit(writes: readonly Write[], begun = this.#begin()): void {
    this.finished += 1;
    this.log.push({
      begun,
      finishedBefore: this.finished - 1,
      changes: writes.flatMap((write) => this.#apply(write)),
    });
    this.notify();
  }

  begin(): SourceTransaction {
    const writes: Write[] = [];
    const self = {};
    this.open.add(self);
    const begun = this.#begin();
    this.outcomes.set(String(begun), 'open');
    return {
      id: async () => String(begun),
      ...this.writer(async (more) => void writes.push(...more)),
      commit: async () => {
        this.open.delete(self);
        this.commit(writes, begun);
        this.outcomes.set(String(begun), 'committed');
      },
      rollback: async () => {
        this.open.delete(self);
        this.finished += 1;
        this.outcomes.set(String(begun), 'aborted');
        for (const { table, row, told } of writes) {
          this.rolledBack.push({ table, operation: 'insert', before: null, after: row, told });
        }
        this.notify();
      },
    };
  }

  writer(write: (writes: readonly Write[]) => Promise<void>): SourceWriter {
    const one = (table: TestTableName, operation: RowChange['operation']) => ({
      table,
      operation,
      key: null,
      row: null,
      told: this.tell(table),
    });
    return {
      insert: (table, rows) => write(rows.map((row) => ({ ...one(table, 'insert'), row }))),
      update: (table, key, row) => write([{ ...one(table, 'update'), key: keyOf(table, key), row }]),
      delete: (table, key) => write([{ ...one(table, 'delete'), key: keyOf(table, key) }]),
      truncate: (table) => write([one(table, 'truncate')]),
    };
  }

  source(): TestSource {
    return {
      schema: this.schema,
      ...this.writer(async (writes) => this.commit(writes)),
      begin: async () => this.begin(),
      cleanUp: async () => undefined,
    };
  }

  #begin(): number {
    this.#begun += 1;
    return this.#begun;
  }

  #apply({ table, operation, key, row, told }: Write): RowChange[] {
    const rows = this.tables.get(table) ?? new Map<string, RowValues>();
    if (operation === 'truncate') {
      rows.clear();
      return [{ table, operation, before: null, after: null, told }];
    }
    const before = key === null ? null : (rows.get(key) ?? null);
    if (operation !== 'insert' && before === null) return [];
    const after = operation === 'delete' ? null : { ...before, ...row };
    if (key !== null) rows.delete(key);
    if (after !== null) rows.set(keyOf(table, after), after);
    return [{ table, operation, before, after, told }];
  }
}

export function keyOf(table: TestTableName, row: RowValues): string {
  const columns = testTables.find(({ name }) => name === table)?.key ?? [];
  return JSON.stringify(columns.map((column) => row[column]));
}
