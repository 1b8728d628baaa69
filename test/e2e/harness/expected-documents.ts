import type { TestDatabase } from '../../support/postgres.ts';
import { type Documents, placeOf } from './documents.ts';
import { parseExactJson } from './exact-json.ts';

/**
 * What an index must hold, by SQL that was written by hand and yields (id, document) or (id, routing,
 * document). Nothing of Sluice takes part in it.
 */
export async function expectedDocuments(database: TestDatabase, sql: string): Promise<Documents> {
  const client = await database.pool.connect();
  try {
    await client.query("SET timezone TO 'UTC'");
    const { rows } = await client.query<{ id: string; routing: string | null; document: string }>(
      `SELECT id::text AS id, to_jsonb(expected) ->> 'routing' AS routing, document::text AS document
         FROM (${sql}) AS expected`,
    );
    return new Map(
      rows.map(({ id, routing, document }) => [placeOf(id, routing), parseExactJson(document)] as const),
    );
  } finally {
    client.release();
  }
}
