import type { Generation, GenerationStore, PluginContext } from '@sluice/core';
import { dropTables, textOf } from './documents.ts';
import { quoted, type Store } from './store.ts';

/** The table of one generation. */
export function tableOf(prefix: string, { index, hash, number }: Generation): string {
  return `${prefix}${index}_${hash}_${number}`;
}

/** Users search the view that has the index's name; promotion makes it anew over another table. */
export function createGenerations(
  store: Store,
  { prefix, error: makeError }: Pick<PluginContext, 'prefix' | 'error'>,
): GenerationStore {
  const promotions = quoted(`${prefix}sluice_promoted`);
  let made = false;

  function ensure(): void {
    if (made) return;
    store.exec(
      `CREATE TABLE IF NOT EXISTS ${promotions} (name TEXT PRIMARY KEY, hash TEXT NOT NULL, number INTEGER NOT NULL)`,
    );
    made = true;
  }

  return {
    // A table is searchable and durable at any time: a backfill needs nothing of its own.
    beginBackfill: async () => undefined,
    endBackfill: async () => undefined,

    async promote(generation) {
      ensure();
      const table = tableOf(prefix, generation);
      const view = quoted(`${prefix}${generation.index}`);
      store.transaction(() => {
        store.exec(`DROP VIEW IF EXISTS ${view}`);
        store.exec(
          `CREATE VIEW ${view} AS
           SELECT d.id, d.body, t.text, t.rank
           FROM ${quoted(textOf(table))} t JOIN ${quoted(table)} d ON d.place = t.rowid`,
        );
        store.all(
          `INSERT INTO ${promotions} (name, hash, number) VALUES (?, ?, ?)
           ON CONFLICT (name) DO UPDATE SET hash = excluded.hash, number = excluded.number`,
          generation.index,
          generation.hash,
          BigInt(generation.number),
        );
      });
    },

    async promoted(index) {
      ensure();
      const [row] = store.all(`SELECT hash, number FROM ${promotions} WHERE name = ?`, index);
      return row === undefined ? null : { hash: String(row['hash']), number: Number(row['number']) };
    },

    async exists(generation) {
      const table = tableOf(prefix, generation);
      return store.all(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?`, table).length > 0;
    },

    async drop(generation) {
      ensure();
      const { index, hash, number } = generation;
      const promoted = store.all(
        `SELECT 1 FROM ${promotions} WHERE name = ? AND hash = ? AND number = ?`,
        index,
        hash,
        BigInt(number),
      );
      if (promoted.length > 0) {
        throw makeError('SLUICE_SINK_REFUSED', `Users search generation ${number} of ${index}: it stays`, {
          hint: 'Promote another generation first.',
        });
      }
      dropTables(store, tableOf(prefix, generation));
    },

    async withdraw(generation) {
      ensure();
      store.transaction(() => {
        const removed = store.all(
          `DELETE FROM ${promotions} WHERE name = ? AND hash = ? AND number = ? RETURNING name`,
          generation.index,
          generation.hash,
          BigInt(generation.number),
        );
        if (removed.length > 0) store.exec(`DROP VIEW IF EXISTS ${quoted(`${prefix}${generation.index}`)}`);
      });
    },

    async size(generation) {
      const table = tableOf(prefix, generation);
      const found = store.all(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?`, table);
      if (found.length === 0) return null;
      const [row] = store.all(`SELECT count(*) AS documents FROM ${quoted(table)} WHERE body IS NOT NULL`);
      return { documents: Number(row?.['documents']), bytes: null };
    },
  };
}
