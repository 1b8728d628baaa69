import type { Position } from '@sluice/core';

/**
 * A position is a time of the database's clock, to the microsecond and always of one width, so that
 * text compares as time does: everything that was written until then was reported.
 */
export function comparePositions(a: Position, b: Position): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** SQL for the position of a time. */
export function positionOf(time: string): string {
  return `to_char((${time})::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}
