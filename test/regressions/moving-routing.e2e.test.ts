import { expect, test } from 'vitest';
import { Deployment } from '../e2e/harness/deployment.ts';
import type { Fixture } from '../e2e/harness/fixture.ts';
import { startWorkload } from '../e2e/harness/workload.ts';

const rows = 5_000;

const tenants: Fixture = {
  tables: `
    CREATE TABLE documents (id integer PRIMARY KEY, tenant integer NOT NULL, title text NOT NULL);
    CREATE TABLE notes (
      id integer PRIMARY KEY,
      document_id integer NOT NULL REFERENCES documents ON DELETE CASCADE,
      body text NOT NULL
    );
    CREATE INDEX ON notes (document_id);
    INSERT INTO documents SELECT n, n % 50, 'title ' || n FROM generate_series(1, ${rows}) AS n;
    INSERT INTO notes SELECT n, n, 'note ' || n FROM generate_series(1, ${rows}) AS n;`,
  indexes: {
    documents: {
      schema: `
        table: documents
        routing: tenant
        settings: { number_of_shards: 3 }
        fields:
          - integer: tenant
          - keyword: title
          - has_many: notes
            table: notes
            foreign_key: document_id
            fields:
              - keyword: body`,
      expected: `
        SELECT d.id, d.tenant AS routing, jsonb_build_object('tenant', d.tenant, 'title', d.title, 'notes', (
          SELECT coalesce(jsonb_agg(jsonb_build_object('body', n.body) ORDER BY n.id), '[]')
          FROM notes AS n WHERE n.document_id = d.id
        )) AS document FROM documents AS d`,
    },
  },
};

test('documents whose routing changes while their index is reconciled lie in one place, the right one', async () => {
  await using site = await Deployment.start(tenants);
  const workload = await startWorkload(
    site.database,
    [
      {
        weight: 10,
        sql: (random) =>
          `UPDATE documents SET tenant = (tenant + ${random(49)}) % 50 WHERE id = ${random(rows)}`,
      },
      {
        weight: 1,
        sql: (random) => `UPDATE documents SET tenant = tenant + 1 WHERE id % 500 = ${random(500)}`,
      },
      { weight: 1, sql: (random) => `DELETE FROM documents WHERE id = ${random(rows)}` },
      {
        weight: 1,
        sql: (random) =>
          `INSERT INTO documents VALUES (${random(rows)}, ${random(50)}, 'again') ON CONFLICT (id) DO UPDATE SET tenant = excluded.tenant`,
      },
    ],
    { writers: 2, seed: 11 },
  );
  const reconciled = () =>
    site.process.events.filter(
      ({ msg, index, done }) => msg === 'reconcile' && index === 'documents' && done === true,
    ).length;
  for (const round of [1, 2, 3]) {
    await site.database.query('TRUNCATE notes');
    await site.process.untilLogged(`reconcile ${round}`, () => reconciled() >= round, 60_000);
    // The lock keeps a writer from deleting a document between being selected and being referred to.
    await site.database.query(
      "INSERT INTO notes SELECT id, id, 'again' FROM documents WHERE id % 7 = 0 FOR KEY SHARE ON CONFLICT DO NOTHING",
    );
  }
  await workload.stop();
  expect(workload.committed).toBeGreaterThan(100);
  await site.converged();
});
