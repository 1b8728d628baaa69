import assert from 'node:assert/strict';
import type { Change, RowValues } from '../../contracts/index.ts';
import type { TestTableName } from '../source/index.ts';

/** Reports of one table's rows, or of the whole table. */
export const of = (changes: readonly Change[], table: TestTableName): readonly Change[] =>
  changes.filter((change) => change.table.name === table);

/** Every state of a row that the changes name, before and after. */
export const states = (changes: readonly Change[], table: TestTableName): readonly RowValues[] =>
  of(changes, table).flatMap(({ before, after }) => [before, after].filter((row) => row !== undefined));

/** Whether a state holds these values. A column that is absent holds none, null neither. */
export const holds = (state: RowValues | undefined, values: RowValues): boolean =>
  state !== undefined && Object.entries(values).every(([column, value]) => state[column] === value);

export const names = (changes: readonly Change[], table: TestTableName, values: RowValues): boolean =>
  states(changes, table).some((state) => holds(state, values));

/** The row is reported as being like this after a change. */
export function assertAfter(changes: readonly Change[], table: TestTableName, values: RowValues): void {
  const found = of(changes, table).some(
    ({ operation, after }) => operation !== 'delete' && holds(after, values),
  );
  assert.ok(
    found,
    `no change of ${table} has ${show(values)} in \`after\`; came: ${show(of(changes, table))}`,
  );
}

/** Some change says that there is, or was, such a row. */
export function assertNamed(changes: readonly Change[], table: TestTableName, values: RowValues): void {
  assert.ok(
    names(changes, table, values),
    `no change of ${table} names ${show(values)}, before or after; came: ${show(of(changes, table))}`,
  );
}

export function assertNotNamed(changes: readonly Change[], table: TestTableName, values: RowValues): void {
  assert.ok(!names(changes, table, values), `a change of ${table} names ${show(values)}`);
}

export function assertDeleted(changes: readonly Change[], table: TestTableName, values: RowValues): void {
  const found = of(changes, table).some(
    ({ operation, before }) => operation === 'delete' && holds(before, values),
  );
  assert.ok(
    found,
    `no delete of ${table} has ${show(values)} in \`before\`; came: ${show(of(changes, table))}`,
  );
}

export function show(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= 600 ? text : `${text.slice(0, 600)}…`;
}
