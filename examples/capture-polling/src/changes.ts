import type { Change, Position, RequiredTable, RowValues } from '@sluice/core';
import { positionOf } from './position.ts';
import { qualified, quoted, type Source } from './source.ts';

/** Where a page ended: rows are read in this order. */
export interface Place {
  readonly time: Position;
  readonly table: number;
  readonly links: string;
}

export interface Page {
  readonly changes: readonly Change[];
  /** null: nothing is left until `upto`. */
  readonly next: Place | null;
  /** Approximate memory. */
  readonly bytes: number;
}

/**
 * Rows written after `from` and until `upto`, in the order of their times, at most `limit`. Rows of one
 * transaction have one time, so a page may end among them: its `Place` tells them apart by their links.
 */
export async function readPage(
  source: Source,
  tables: readonly RequiredTable[],
  column: string,
  from: Place,
  upto: Position,
  limit: number,
): Promise<Page> {
  if (tables.length === 0) return { changes: [], next: null, bytes: 0 };
  const selects = tables.map((table, number) => selectRows(table, number, column));
  const rows = await source.query(
    `SELECT t.at, t.number, t.links FROM (${selects.join(' UNION ALL ')}) AS t
     WHERE (t.at, t.number, t.links COLLATE "C") > ($1::text COLLATE "C", $2::int, $3::text COLLATE "C")
     ORDER BY t.at, t.number, t.links COLLATE "C" LIMIT $5`,
    [from.time, from.table, from.links, upto, limit],
  );
  let bytes = 0;
  const changes = rows.map((row): Change => {
    const links = row['links'] ?? '{}';
    bytes += 100 + links.length;
    const required = tables[Number(row['number'])];
    if (required === undefined) throw new Error(`no table ${row['number']}`);
    const after: RowValues = JSON.parse(links);
    return { table: required.table, operation: 'update', after };
  });
  const last = rows.at(-1);
  if (last === undefined || rows.length < limit) return { changes, next: null, bytes };
  return {
    changes,
    next: { time: last['at'] ?? '', table: Number(last['number']), links: last['links'] ?? '' },
    bytes,
  };
}

/** The links of a row as one JSON text: a row without key has them too, and nothing else is reported. */
function selectRows({ table, links }: RequiredTable, number: number, column: string): string {
  const time = quoted(column);
  const pairs = links.map((link) => `'${link.replaceAll("'", "''")}', ${quoted(link)}::text`);
  return `SELECT ${positionOf(time)} COLLATE "C" AS at, ${number} AS number, jsonb_build_object(${pairs.join(', ')})::text AS links
    FROM ${qualified(table)}
    WHERE ${time} >= $1::text::timestamptz AND ${time} <= $4::text::timestamptz`;
}
