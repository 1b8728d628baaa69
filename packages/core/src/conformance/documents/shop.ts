import type { Change, ChangeOperation, IndexPlan, RowValues } from '../../contracts/index.ts';
import { type SourceWriter, type TestTableName, testTables } from '../source/index.ts';

interface Write {
  readonly table: TestTableName;
  readonly operation: ChangeOperation;
  readonly before: RowValues | null;
  readonly after: RowValues | null;
}

/** What the tables hold: the truth that documents are compared with, made of nothing but the writes. */
export class Shop {
  readonly #source: SourceWriter;
  readonly #rows = new Map<TestTableName, Map<string, RowValues>>(
    testTables.map(({ name }) => [name, new Map()]),
  );
  readonly #writes: Write[] = [];

  constructor(source: SourceWriter) {
    this.#source = source;
  }

  rows(table: TestTableName): readonly RowValues[] {
    return [...(this.#rows.get(table)?.values() ?? [])];
  }

  async insert(table: TestTableName, ...rows: readonly RowValues[]): Promise<void> {
    await this.#source.insert(table, rows);
    for (const row of rows) this.#apply(table, 'insert', null, row);
  }

  async update(table: TestTableName, key: RowValues, set: RowValues): Promise<void> {
    await this.#source.update(table, key, set);
    const before = this.#row(table, key);
    this.#apply(table, 'update', before, { ...before, ...set });
  }

  async delete(table: TestTableName, key: RowValues): Promise<void> {
    await this.#source.delete(table, key);
    this.#apply(table, 'delete', this.#row(table, key), null);
  }

  /** What a capture that keeps its promises reports of the writes since the last call. */
  changes(plan: IndexPlan): readonly Change[] {
    return this.#writes.splice(0).flatMap((write) => {
      const required = plan.tables.find(({ table }) => table.name === write.table);
      if (required === undefined) return [];
      const links = (row: RowValues): RowValues =>
        Object.fromEntries(required.links.map((link) => [link, row[link] ?? null]));
      return {
        table: required.table,
        operation: write.operation,
        ...(write.before === null ? {} : { before: links(write.before) }),
        ...(write.after === null ? {} : { after: links(write.after) }),
      };
    });
  }

  #row(table: TestTableName, key: RowValues): RowValues {
    const row = this.#rows.get(table)?.get(keyText(table, key));
    if (row === undefined) throw new Error(`The check writes a row of ${table} that is not there`);
    return row;
  }

  #apply(
    table: TestTableName,
    operation: ChangeOperation,
    before: RowValues | null,
    after: RowValues | null,
  ): void {
    const rows = this.#rows.get(table);
    if (before !== null) rows?.delete(keyText(table, before));
    if (after !== null) rows?.set(keyText(table, after), after);
    this.#writes.push({ table, operation, before, after });
  }
}

function keyText(table: TestTableName, row: RowValues): string {
  const columns = testTables.find(({ name }) => name === table)?.key ?? [];
  return JSON.stringify(columns.map((column) => row[column]));
}
