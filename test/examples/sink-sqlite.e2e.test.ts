import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'libsql';
import { expect, test } from 'vitest';
import { Deployment } from '../e2e/harness/deployment.ts';
import { differences } from '../e2e/harness/differences.ts';
import type { Documents } from '../e2e/harness/documents.ts';
import { shop } from '../faults/harness/shop.ts';
import { startWorkload } from '../faults/harness/workload.ts';
import { waitFor } from '../support/wait.ts';

const plugin = fileURLToPath(new URL('../../examples/sink-sqlite/dist/index.js', import.meta.url));

/** The rows that a user's query gives, from the file while Sluice has it open. */
function query(site: Deployment, sql: string, ...values: readonly string[]): Record<string, unknown>[] {
  const database = new Database(join(site.directory, 'search.db'), { readonly: true, timeout: 5000 });
  try {
    return database.prepare(sql).all(...values) as Record<string, unknown>[];
  } finally {
    database.close();
  }
}

/** What a user finds in the view of an index. */
function documentsOf(site: Deployment, index: string): Documents {
  const rows = query(site, `SELECT id, body FROM "${site.search.prefix}${index}"`);
  return new Map(rows.map(({ id, body }) => [String(id), JSON.parse(String(body))]));
}

async function inStep(site: Deployment): Promise<void> {
  const expected = await site.expected();
  await waitFor(
    () => {
      const wrong = Object.keys(site.indexes).flatMap((index) =>
        differences(index, expected[index] ?? new Map(), documentsOf(site, index)),
      );
      if (wrong.length > 0) throw new Error(wrong.slice(0, 10).join('\n'));
      return true;
    },
    { what: 'every document in SQLite', intervalMs: 200, deadlineMs: 60_000 },
  );
}

test('the SQLite sink holds every document beside OpenSearch through writes, kills and a new generation', async () => {
  await using site = await Deployment.create({
    ...shop(),
    sinks: { file: { plugin, file: 'search.db' } },
  });
  await site.start();
  {
    await using workload = startWorkload(site.database.url);
    for (let kill = 0; kill < 3; kill += 1) {
      await workload.until(40);
      await site.process.kill();
      await workload.until(10);
      await site.start();
    }
    await workload.stop();
  }
  await site.converged();
  await inStep(site);

  await site.database.query("UPDATE customers SET name = 'Ada Lovelace' WHERE id = 7");
  await inStep(site);
  const view = `"${site.search.prefix}customers"`;
  expect(query(site, `SELECT id FROM ${view} WHERE text MATCH ? ORDER BY rank`, 'lovelace')).toMatchObject([
    { id: '7' },
  ]);

  const customers = site.indexes['customers'];
  if (customers === undefined) throw new Error('the shop has customers');
  await site.process.stop();
  await site.reconfigure({
    indexes: {
      ...site.indexes,
      customers: {
        ...customers,
        schema: 'table: customers\nfields:\n  - text: name\n',
        expected: "SELECT id, jsonb_build_object('name', name) AS document FROM customers",
      },
    },
  });
  await site.start();
  await site.converged();
  await inStep(site);
}, 180_000);
