import type { TestDatabase } from '../../support/postgres.ts';
import { waitFor } from '../../support/wait.ts';

/** An index of the harness's own, of one document, that shows how far Sluice has come. */
export const marker = {
  index: 'marker',
  tables: `
    CREATE SCHEMA harness;
    CREATE TABLE harness.marker (id integer PRIMARY KEY, beat bigint NOT NULL);
    INSERT INTO harness.marker VALUES (1, 0);`,
  schema: `
    table: marker
    schema: harness
    fields:
      - long: beat`,
} as const;

/**
 * Resolves when a change made after all others has gone through Sluice: those before it were resolved.
 * Read by id, so that no refresh is needed.
 */
export async function markerArrived(
  database: TestDatabase,
  aliasUrl: string,
  assertRunning: () => void,
): Promise<void> {
  const [row] = await database.query<{ beat: string }>(
    'UPDATE harness.marker SET beat = beat + 1 RETURNING beat',
  );
  const beat = Number(row?.beat);
  await waitFor(
    async () => {
      assertRunning();
      const response = await fetch(`${aliasUrl}/_source/1`);
      const source: unknown = await response.json();
      return isBeat(source) && source.beat >= beat;
    },
    { what: `the marker to show ${beat}` },
  );
}

function isBeat(value: unknown): value is { readonly beat: number } {
  return typeof value === 'object' && value !== null && 'beat' in value && typeof value.beat === 'number';
}
