import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pluginContext } from '@sluice/core/conformance';
import { describePlugin, describeSink } from '@sluice/core/testkit';
import Database from 'libsql';
import sqlite from 'sluice-sink-sqlite';

const directory = mkdtempSync(join(tmpdir(), 'sluice-sqlite-'));
const file = 'search.db';

/** The first column of the first row, by a connection of our own; null without a row, or a table. */
function look(sql: string, ...values: readonly string[]): string | null {
  const database = new Database(join(directory, file), { readonly: true, timeout: 5000 });
  try {
    const found: unknown = database
      .prepare(sql)
      .raw()
      .get(...values);
    return Array.isArray(found) && typeof found[0] === 'string' ? found[0] : null;
  } catch (error) {
    if (String(error).includes('no such table')) return null;
    throw error;
  } finally {
    database.close();
  }
}

describePlugin(sqlite);
describeSink('the example that writes to SQLite', {
  claims: { ordering: 'versioned', records: true, generations: true, reader: true },
  open: async () => sqlite.create(pluginContext({ baseDir: directory, prefix: 'kit_' }), { file }),
  read: async ({ index, hash, number }, { id, routing }) =>
    look(
      `SELECT body FROM "kit_${index}_${hash}_${number}" WHERE id = ? AND routing = ?`,
      id,
      routing === null ? '' : `=${routing}`,
    ),
  search: async (index, { id }) => look(`SELECT body FROM "kit_${index}" WHERE id = ?`, id),
  poison: `{"data":${'['.repeat(3000)}${']'.repeat(3000)}}`,
  cleanUp: async () => rmSync(directory, { recursive: true }),
});
