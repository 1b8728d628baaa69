import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Database } from './database.ts';
import { documentDifferences } from './document-differences.ts';
import type { DocumentView } from './document-view.ts';
import { demoFolder } from './files.ts';

const indexes = ['customers', 'products'] as const;

/** What the comparison of one index found. */
export interface Verification {
  readonly index: (typeof indexes)[number];
  readonly documents: number;
  readonly missing: readonly string[];
  readonly extra: readonly string[];
  /** `17: orders[3].status: "paid" instead of "shipped"` */
  readonly different: readonly string[];
}

/**
 * Compares every document with what SQL that knows nothing of Sluice says of the rows. The source
 * must be quiet; what is still on its way is given until `deadline` (ms since the epoch) to arrive.
 */
export async function verifyDocuments(
  database: Database,
  view: DocumentView,
  deadline: number,
): Promise<readonly Verification[]> {
  for (;;) {
    const found = await Promise.all(indexes.map((index) => verifyIndex(database, view, index)));
    if (found.every(isEqual) || Date.now() > deadline) return found;
    await sleep(200);
  }
}

/** No document is missing, extra or different. */
export function isEqual({ missing, extra, different }: Verification): boolean {
  return missing.length + extra.length + different.length === 0;
}

async function verifyIndex(
  database: Database,
  view: DocumentView,
  index: Verification['index'],
): Promise<Verification> {
  const sql = await readFile(new URL(`expected-${index}.sql`, demoFolder), 'utf8');
  const rows = await database.query(sql);
  const expected = new Map(
    rows.map((row) => [row['id'] ?? '', comparable(JSON.parse(row['document'] ?? ''))]),
  );
  const held = await view.all(index);
  const missing = [...expected.keys()].filter((id) => !held.has(id));
  const extra = [...held.keys()].filter((id) => !expected.has(id));
  const different = [...expected].flatMap(([id, document]) => {
    if (!held.has(id)) return [];
    const found = comparable(held.get(id));
    if (isDeepStrictEqual(document, found)) return [];
    const [first] = documentDifferences(document, found);
    if (first === undefined) return [`${id}: its elements are in another order`];
    return [
      `${id}: ${first.path} is ${JSON.stringify(first.after)} instead of ${JSON.stringify(first.before)}`,
    ];
  });
  return { index, documents: expected.size, missing, extra, different };
}

const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

/** The same moment may be written in several ways: moments are compared, not their text. */
function comparable(value: unknown): unknown {
  if (typeof value === 'string') return timestamp.test(value) ? new Date(value).toISOString() : value;
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, comparable(part)]));
}
