import type { Change, RowValues, TableName } from '@sluice/core';
import type { TriggerMode } from '../options.ts';
import type { OutboxRow } from './outbox-row.ts';

/** What a number in the outbox stands for. `table` null: no plan needs it any more. */
export interface Layout {
  readonly table: TableName | null;
  readonly columns: readonly string[];
  readonly mode: TriggerMode;
}

export interface Decoded {
  readonly changes: readonly Change[];
  /** The highest marker among the rows. */
  readonly marker: bigint | null;
  /** Tables whose function could not read a row: their columns changed. */
  readonly drifted: readonly TableName[];
}

/** Rows as changes. Whatever says the same of a whole table more than once is said once. */
export function decodeRows(rows: readonly OutboxRow[], layouts: ReadonlyMap<number, Layout>): Decoded {
  const changes: Change[] = [];
  const drifted = new Map<string, TableName>();
  const whole = new Set<string>();
  let marker: bigint | null = null;
  const emptied = new Set(rows.filter(({ op }) => op === 't').map(({ src, xid }) => `${src} ${xid}`));
  for (const row of rows) {
    if (row.op === 'm') {
      const id = BigInt(row.id);
      marker = marker === null || id > marker ? id : marker;
      continue;
    }
    const layout = layouts.get(row.src);
    if (layout === undefined || layout.table === null) continue;
    const { table } = layout;
    if (row.op === 'r' && row.tuples[0]?.[0] !== 'gap') drifted.set(`${table.schema}.${table.name}`, table);
    // Emptying the whole table fires the partitions' triggers too.
    if (row.op === 'p' && emptied.has(`${row.src} ${row.xid}`)) continue;
    const one = wholeTable(row, table);
    if (one === null) {
      for (const change of rowChanges(row, layout, table)) changes.push(change);
      continue;
    }
    const key = JSON.stringify([table.schema, table.name, one.operation]);
    if (!whole.has(key)) changes.push(one);
    whole.add(key);
  }
  return { changes, marker, drifted: [...drifted.values()] };
}

function wholeTable({ op, tuples }: OutboxRow, table: TableName): Change | null {
  switch (op) {
    case 't':
      return { table, operation: 'truncate' };
    case 'p':
      return { table, operation: 'resync', reason: 'a partition was truncated' };
    case 'r': {
      const [state, message] = tuples[0] ?? [];
      const reason =
        state === 'gap' ? message : `its trigger could not read a row: ${message} (SQLSTATE ${state})`;
      return { table, operation: 'resync', reason: reason ?? 'its changes are not known' };
    }
    default:
      return null;
  }
}

function rowChanges({ op, tuples }: OutboxRow, { columns, mode }: Layout, table: TableName): Change[] {
  const [first, second, ...others] = tuples;
  // More than two were written by a statement trigger, before the table went over to row triggers.
  if (op === 'u' && mode === 'row' && first !== undefined && second !== undefined && others.length === 0) {
    return [{ table, operation: 'update', before: values(columns, first), after: values(columns, second) }];
  }
  return tuples.map((tuple): Change => {
    const row = values(columns, tuple);
    if (op === 'd') return { table, operation: 'delete', before: row };
    return { table, operation: op === 'i' ? 'insert' : 'update', after: row };
  });
}

function values(columns: readonly string[], tuple: readonly (string | null)[]): RowValues {
  return Object.fromEntries(columns.map((column, index) => [column, tuple[index] ?? null]));
}
