import { randomUUID } from 'node:crypto';
import type { RecordStore } from '@sluice/core';
import { quoted, type Store } from './store.ts';

/** Small records in a table of their own; each change gives a revision that was never there before. */
export function createRecords(store: Store, table: string): RecordStore {
  let made = false;
  const records = quoted(table);

  function ensure(): void {
    if (made) return;
    store.exec(
      `CREATE TABLE IF NOT EXISTS ${records} (id TEXT PRIMARY KEY, value TEXT NOT NULL, revision TEXT NOT NULL)`,
    );
    made = true;
  }

  return {
    async list() {
      ensure();
      return store.all(`SELECT id, value, revision FROM ${records} ORDER BY id`).map((row) => ({
        id: String(row['id']),
        value: JSON.parse(String(row['value'])),
        revision: String(row['revision']),
      }));
    },

    async read(ids) {
      ensure();
      const places = ids.map(() => '?').join(', ');
      return store
        .all(`SELECT id, value, revision FROM ${records} WHERE id IN (${places})`, ...ids)
        .map((row) => ({
          id: String(row['id']),
          value: JSON.parse(String(row['value'])),
          revision: String(row['revision']),
        }));
    },

    async put(id, value, expected) {
      ensure();
      const revision = randomUUID();
      const text = JSON.stringify(value);
      const changed =
        expected === null
          ? store.all(
              `INSERT INTO ${records} (id, value, revision) VALUES (?, ?, ?)
               ON CONFLICT (id) DO NOTHING RETURNING revision`,
              id,
              text,
              revision,
            )
          : store.all(
              `UPDATE ${records} SET value = ?, revision = ? WHERE id = ? AND revision = ? RETURNING revision`,
              text,
              revision,
              id,
              expected,
            );
      return changed.length === 0 ? null : revision;
    },

    async remove(id, expected) {
      ensure();
      const removed = store.all(
        `DELETE FROM ${records} WHERE id = ? AND revision = ? RETURNING id`,
        id,
        expected,
      );
      return removed.length > 0;
    },
  };
}
