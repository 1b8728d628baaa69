import type { DeadLetter, DeadLetterStore, DocumentReference, Generation } from '@sluice/core';
import { quoted, type Row, type Store } from './store.ts';

/** What could not be written: a row for each place of each generation, in a table of their own. */
export function createDeadLetters(store: Store, table: string): DeadLetterStore {
  const letters = quoted(table);
  let made = false;

  function ensure(): void {
    if (made) return;
    store.exec(
      `CREATE TABLE IF NOT EXISTS ${letters} (
        generation TEXT NOT NULL, place TEXT NOT NULL, document TEXT NOT NULL, version INTEGER NOT NULL,
        first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, count INTEGER NOT NULL,
        PRIMARY KEY (generation, place)
      )`,
    );
    made = true;
  }

  const select = `SELECT place, document, version, first_at, last_at, count FROM ${letters}`;

  return {
    async put(generation, put) {
      ensure();
      return store.transaction(() => {
        let added = 0;
        for (const letter of put) {
          const { key, id, routing, version, cause, reason, at } = letter;
          const [row] = store.all(
            `INSERT INTO ${letters} (generation, place, document, version, first_at, last_at, count)
             VALUES (?, ?, ?, ?, ?, ?, 1)
             ON CONFLICT (generation, place) DO UPDATE SET
               document = excluded.document, version = excluded.version, last_at = excluded.last_at, count = count + 1
             WHERE excluded.version >= version
             RETURNING count`,
            nameOf(generation),
            placeOf(letter),
            JSON.stringify({ key, id, routing, cause, reason }),
            version,
            BigInt(at),
            BigInt(at),
          );
          if (row?.['count'] === 1n) added += 1;
        }
        return added;
      });
    },

    async remove(generation, upTo) {
      ensure();
      return store.transaction(() => {
        let removed = 0;
        for (const removal of upTo) {
          const rows = store.all(
            `DELETE FROM ${letters} WHERE generation = ? AND place = ? AND version <= ? RETURNING place`,
            nameOf(generation),
            placeOf(removal),
            removal.version,
          );
          removed += rows.length;
        }
        return removed;
      });
    },

    async get(generation, places) {
      ensure();
      return places.flatMap((place) =>
        store
          .all(`${select} WHERE generation = ? AND place = ?`, nameOf(generation), placeOf(place))
          .map(letterOf),
      );
    },

    async *list(generation, pageSize): AsyncGenerator<readonly DeadLetter[]> {
      ensure();
      for (let last = ''; ; ) {
        const rows = store.all(
          `${select} WHERE generation = ? AND place > ? ORDER BY place LIMIT ?`,
          nameOf(generation),
          last,
          BigInt(pageSize),
        );
        if (rows.length === 0) return;
        yield rows.map(letterOf);
        last = String(rows.at(-1)?.['place']);
      }
    },
  };
}

function nameOf({ index, hash, number }: Generation): string {
  return `${index}_${hash}_${number}`;
}

function placeOf({ id, routing }: DocumentReference): string {
  return JSON.stringify([id, routing]);
}

function letterOf(row: Row): DeadLetter {
  return {
    ...JSON.parse(String(row['document'])),
    version: BigInt(String(row['version'])),
    firstAt: Number(row['first_at']),
    lastAt: Number(row['last_at']),
    count: Number(row['count']),
  };
}
