import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Deployment } from '../e2e/harness/deployment.ts';
import { differences } from '../e2e/harness/differences.ts';
import { expectEnded } from '../e2e/harness/expect-ended.ts';
import type { Fixture } from '../e2e/harness/fixture.ts';
import { printedDocuments } from '../e2e/harness/printed-documents.ts';
import type { SluiceProcess } from '../e2e/harness/sluice-process.ts';
import { shop } from '../faults/harness/shop.ts';
import { waitFor } from '../support/wait.ts';

/** A deployment whose only sink prints: nothing is read back, and nothing is remembered. */
async function createPrinting({ tables, indexes }: Fixture): Promise<Deployment> {
  const site = await Deployment.create({
    tables,
    indexes,
    sinks: { out: { plugin: 'stdout' } },
    marker: 'none',
  });
  const file = join(site.directory, 'sluice.yaml');
  const configuration = JSON.parse(await readFile(file, 'utf8'));
  delete configuration.sinks.search;
  await writeFile(file, JSON.stringify(configuration));
  return site;
}

/** How the last lines of what was printed differ from what the rows say. Nothing is said of rows that are gone. */
async function printedWrong(site: Deployment, output: string): Promise<readonly string[]> {
  return Object.entries(await site.expected()).flatMap(([index, documents]) => {
    const printed = [...printedDocuments(output, index)].filter(([place]) => documents.has(place));
    return differences(index, documents, new Map(printed));
  });
}

async function untilPrinted(site: Deployment, process: SluiceProcess): Promise<void> {
  await waitFor(
    async () => {
      process.assertRunning();
      return (await printedWrong(site, process.output)).length === 0;
    },
    { what: 'every row to be printed', intervalMs: 200 },
  );
}

test('where documents are only printed, a child and a root emptied while Sluice is stopped are followed on, to SIGTERM', async () => {
  await using site = await createPrinting(shop());
  const { database } = site;
  await untilPrinted(site, await site.start());
  expect((await site.process.stop()).code).toBe(143);

  await database.query(`
    UPDATE customers SET name = 'while stopped' WHERE id <= 10;
    TRUNCATE orders;
    INSERT INTO orders (customer_id, total) SELECT 1 + n % 200, 7 FROM generate_series(1, 50) AS n`);
  await untilPrinted(site, await site.start());
  await database.query("UPDATE customers SET name = 'live again' WHERE id = 11");
  await waitFor(() => site.process.output.includes('live again'), { what: 'a change after the start' });
  expect((await site.process.stop()).code).toBe(143);

  await database.query(`
    TRUNCATE customers CASCADE;
    INSERT INTO customers (id, name) SELECT n, 'filled again' FROM generate_series(1, 20) AS n;
    INSERT INTO orders (customer_id, total) SELECT 1 + n % 20, 8 FROM generate_series(1, 50) AS n`);
  await untilPrinted(site, await site.start());
  await database.query("UPDATE customers SET name = 'live to the end' WHERE id = 2");
  await waitFor(() => site.process.output.includes('live to the end'), { what: 'a change at the end' });
  expect((await site.process.stop()).code).toBe(143);
});

test('where documents are only printed, a table emptied while Sluice runs is followed on', async () => {
  await using site = await createPrinting(shop());
  const process = await site.start();
  for (const emptied of ['orders', 'customers CASCADE', 'orders']) {
    await site.database.query(`
      TRUNCATE ${emptied};
      INSERT INTO customers (name) SELECT 'after ' || n FROM generate_series(1, 20) AS n;
      INSERT INTO orders (customer_id, total) SELECT id, 9 FROM customers`);
    await untilPrinted(site, process);
  }
  expect((await process.stop()).code).toBe(143);
});

test.each(['orders', 'customers CASCADE'])(
  'where documents are only printed, run --once ends though %s is emptied during its fill',
  async (emptied) => {
    await using site = await createPrinting(shop({ customers: 9_000, orders: 2 }));
    const process = site.run({ args: ['--once'] });
    await waitFor(() => process.output.length > 0, {
      what: 'the first document',
      intervalMs: 1,
    });
    await site.database.query(`
      TRUNCATE ${emptied};
      INSERT INTO customers (name) SELECT 'after ' || n FROM generate_series(1, 20) AS n;
      INSERT INTO orders (customer_id, total) SELECT id, 9 FROM customers ORDER BY id LIMIT 20`);
    expect(process.ending, 'the fill was still under way').toBeNull();
    const ending = await process.untilEnded();
    expectEnded(ending, 0);
    expect(await printedWrong(site, ending.output)).toEqual([]);
  },
);
