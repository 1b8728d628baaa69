import { randomUUID } from 'node:crypto';
import type { Position, TableName } from '@sluice/core';
import { positionOf } from './position.ts';
import { qualified, quoted, type Source } from './source.ts';

/** What the capture remembers in the source: which one it is, how far it has come, and for which tables. */
export interface State {
  readonly instance: string;
  readonly acknowledged: Position;
  /** As `qualified` writes them. */
  readonly tables: ReadonlySet<string>;
}

/** null: not provisioned. */
export async function readState(source: Source, table: string): Promise<State | null> {
  const [found] = await source.query('SELECT to_regclass($1) AS oid', [quoted(table)]);
  if (found?.['oid'] == null) return null;
  const rows = await source.query(`SELECT name, value FROM ${quoted(table)}`);
  const values = new Map(rows.map(({ name, value }) => [name ?? '', value ?? '']));
  const instance = values.get('instance');
  const acknowledged = values.get('acknowledged');
  if (instance === undefined || acknowledged === undefined) return null;
  const tables = [...values.keys()].filter((name) => name.startsWith('table '));
  return { instance, acknowledged, tables: new Set(tables.map((name) => name.slice('table '.length))) };
}

/** Safe to repeat: one statement makes the table, one the rest of it. */
export function makeStatements(table: string): readonly string[] {
  return [
    `CREATE TABLE IF NOT EXISTS ${quoted(table)} (name text PRIMARY KEY, value text NOT NULL)`,
    `INSERT INTO ${quoted(table)} VALUES ('instance', '${randomUUID()}'), ('acknowledged', ${positionOf('clock_timestamp()')})
     ON CONFLICT (name) DO NOTHING`,
  ];
}

export function addTableStatement(table: string, added: TableName): string {
  const name = `table ${qualified(added)}`.replaceAll("'", "''");
  return `INSERT INTO ${quoted(table)} VALUES ('${name}', '') ON CONFLICT (name) DO NOTHING`;
}

/** Never goes back, whoever else acknowledges. */
export async function acknowledge(source: Source, table: string, position: Position): Promise<void> {
  await source.query(
    `UPDATE ${quoted(table)} SET value = $1 WHERE name = 'acknowledged' AND value COLLATE "C" < $1 COLLATE "C"`,
    [position],
  );
}
