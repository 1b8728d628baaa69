import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PluginContext } from '@sluice/core';
import type { SinkDriver } from '@sluice/core/conformance';
import Database from 'libsql';
import plugin from './index.ts';

/** What the checks drive the sink with: for the test beside it, and for `sluice plugin verify`. */
export default async function driver(context: PluginContext): Promise<SinkDriver> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-sqlite-'));
  const file = join(directory, 'search.db');

  /** The first column of the first row, by a connection of our own; null without a row, or a table. */
  function look(sql: string, ...values: readonly string[]): string | null {
    const database = new Database(file, { readonly: true, timeout: 5000 });
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

  return {
    claims: {
      ordering: 'versioned',
      records: true,
      generations: true,
      reader: true,
      bodies: true,
      recordsById: true,
      withdrawal: true,
      sizes: true,
      deadLetters: true,
    },
    open: async () => plugin.create(context, { file }),
    read: async ({ index, hash, number }, { id, routing }) =>
      look(
        `SELECT body FROM "${context.prefix}${index}_${hash}_${number}" WHERE id = ? AND routing = ?`,
        id,
        routing === null ? '' : `=${routing}`,
      ),
    search: async (index, { id }) => look(`SELECT body FROM "${context.prefix}${index}" WHERE id = ?`, id),
    // Deeper than SQLite reads.
    poison: `{"data":${'['.repeat(3000)}${']'.repeat(3000)}}`,
    cleanUp: () => rm(directory, { recursive: true }),
  };
}
