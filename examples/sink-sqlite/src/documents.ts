import type {
  Document,
  DocumentReference,
  HeldBody,
  HeldDocument,
  RejectedDocument,
  WriteReport,
  WriteRequest,
} from '@sluice/core';
import { quoted, type Store } from './store.ts';

/**
 * A document lies at its id and routing. One that was deleted stays as a row without a body, so that
 * an older version that comes late does not bring it back.
 */
export function createTables(store: Store, table: string): void {
  store.exec(`
    CREATE TABLE IF NOT EXISTS ${quoted(table)} (
      place INTEGER PRIMARY KEY,
      id TEXT NOT NULL,
      routing TEXT NOT NULL,
      version INTEGER NOT NULL,
      body TEXT,
      UNIQUE (id, routing)
    );
    CREATE VIRTUAL TABLE IF NOT EXISTS ${quoted(textOf(table))} USING fts5 (text);
  `);
}

export function dropTables(store: Store, table: string): void {
  store.transaction(() => {
    store.exec(`DROP TABLE IF EXISTS ${quoted(table)}; DROP TABLE IF EXISTS ${quoted(textOf(table))}`);
  });
}

/** The full-text index beside a table: a row for every document, with all its strings. */
export function textOf(table: string): string {
  return `${table}_text`;
}

/** All or nothing, but for documents that SQLite cannot read as JSON: those are rejected one by one. */
export function writeDocuments(store: Store, table: string, { documents, epoch }: WriteRequest): WriteReport {
  return store.transaction(() => {
    let accepted = 0;
    let conflicts = 0;
    let highestHeld: bigint | null = null;
    const rejected: RejectedDocument[] = [];
    for (const document of documents) {
      if (!isReadable(store, document.body)) {
        rejected.push({ document, reason: 'SQLite cannot read this JSON', retryable: false });
        continue;
      }
      const newerHeld = put(store, table, document, storedVersion(epoch, document.version));
      if (newerHeld === null) accepted += 1;
      else {
        conflicts += 1;
        if (highestHeld === null || newerHeld > highestHeld) highestHeld = newerHeld;
      }
    }
    return { accepted, conflicts, highestHeld, rejected };
  });
}

/** What every sink compares: the epoch counts before the version. */
function storedVersion(epoch: number, version: bigint): bigint {
  return (BigInt(epoch) << 48n) + version;
}

function isReadable(store: Store, body: string | null): boolean {
  return body === null || store.all('SELECT json_valid(?) AS valid', body)[0]?.['valid'] === 1n;
}

/** null when the document is held now; otherwise the version that is held and is newer. */
function put(store: Store, table: string, { id, routing, body }: Document, version: bigint): bigint | null {
  const at = storedRouting(routing);
  const [row] = store.all(
    `INSERT INTO ${quoted(table)} (id, routing, version, body) VALUES (?, ?, ?, ?)
     ON CONFLICT (id, routing) DO UPDATE SET version = excluded.version, body = excluded.body
     WHERE excluded.version >= version
     RETURNING place`,
    id,
    at,
    version,
    body,
  );
  if (row === undefined) {
    const [held] = store.all(`SELECT version FROM ${quoted(table)} WHERE id = ? AND routing = ?`, id, at);
    return BigInt(String(held?.['version']));
  }
  const place = BigInt(String(row['place']));
  const text = quoted(textOf(table));
  store.all(`DELETE FROM ${text} WHERE rowid = ?`, place);
  store.all(
    `INSERT INTO ${text} (rowid, text)
     SELECT place, (SELECT group_concat(atom, ' ') FROM json_tree(body) WHERE type = 'text')
     FROM ${quoted(table)} WHERE place = ? AND body IS NOT NULL`,
    place,
  );
  return null;
}

/** The documents that are there now, in pages, in the order in which they came first. */
export function* heldDocuments(
  store: Store,
  table: string,
  pageSize: number,
): Generator<readonly HeldDocument[]> {
  const [newest] = store.all(`SELECT max(place) AS place FROM ${quoted(table)}`);
  // Whoever writes meanwhile must not keep the reader from its end.
  const end = BigInt(Number(newest?.['place'] ?? 0));
  for (let last = 0n; last < end; ) {
    const rows = store.all(
      `SELECT place, id, routing, version FROM ${quoted(table)}
       WHERE place > ? AND place <= ? AND body IS NOT NULL ORDER BY place LIMIT ?`,
      last,
      end,
      BigInt(pageSize),
    );
    if (rows.length === 0) return;
    yield rows.map((row) => ({
      id: String(row['id']),
      routing: givenRouting(String(row['routing'])),
      version: BigInt(String(row['version'])),
    }));
    last = BigInt(String(rows.at(-1)?.['place']));
  }
}

/** The document at one place; null where there is none. */
export function heldBody(store: Store, table: string, { id, routing }: DocumentReference): HeldBody | null {
  const [row] = store.all(
    `SELECT version, body FROM ${quoted(table)} WHERE id = ? AND routing = ? AND body IS NOT NULL`,
    id,
    storedRouting(routing),
  );
  return row === undefined ? null : { version: BigInt(String(row['version'])), body: String(row['body']) };
}

/** No routing is the empty text: SQLite takes two NULLs for different. */
function storedRouting(routing: string | null): string {
  return routing === null ? '' : `=${routing}`;
}

function givenRouting(stored: string): string | null {
  return stored === '' ? null : stored.slice(1);
}
