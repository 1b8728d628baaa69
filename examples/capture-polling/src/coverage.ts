import type { CoverageProblem, RequiredTable, TableCoverage } from '@sluice/core';
import type { PollingOptions } from './index.ts';
import { qualified, quoted, type Source } from './source.ts';

/** One entry per required table, in order. */
export async function tableCoverage(
  source: Source,
  tables: readonly RequiredTable[],
  options: PollingOptions,
): Promise<readonly TableCoverage[]> {
  const rows = await source.query(
    `SELECT n.nspname AS schema, c.relname AS name
     FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE a.attname = $1 AND NOT a.attisdropped AND a.atttypid = 'timestamptz'::regtype AND a.attnotnull`,
    [options.column],
  );
  const timed = new Set(rows.map(({ schema, name }) => `${schema}.${name}`));
  const accepted = options.accept_loss;
  return tables.map(({ table }) => {
    const label = `${table.schema}.${table.name}`;
    const losses = lossesOf(label);
    if (!timed.has(label)) {
      return { table, covered: false, problems: [noColumn(label, qualified(table), options.column), losses] };
    }
    return { table, covered: accepted === 'all' || accepted.includes(label), problems: [losses] };
  });
}

function noColumn(label: string, table: string, column: string): CoverageProblem {
  return {
    code: 'SLUICE_CAPTURE_NOT_PROVISIONED',
    message: `${label} has no column ${column} of type timestamptz that is NOT NULL`,
    hint: `The column must be set by the database, to now(), whenever a row is written: by its default and a trigger.`,
    sql: [
      `ALTER TABLE ${table} ADD COLUMN ${quoted(column)} timestamptz NOT NULL DEFAULT now()`,
      `CREATE INDEX ON ${table} (${quoted(column)})`,
    ],
    fixable: false,
  };
}

/** What a time of change cannot tell. Each keeps a document wrong until something else rebuilds it. */
function lossesOf(label: string): CoverageProblem {
  return {
    code: 'SLUICE_CAPTURE_NOT_PROVISIONED',
    message: `polling does not see every change of ${label}`,
    guarantee: [
      'not seen are deletes, truncates and where a row was before it moved',
      'transactions that take longer than `settle`',
      'and a second process that polls at the same time',
    ].join(', '),
    hint: `To accept that, name the table: accept_loss: [${label}]. The captures \`wal\` and \`triggers\` see everything.`,
    fixable: false,
  };
}
