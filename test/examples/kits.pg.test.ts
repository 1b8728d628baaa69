import { postgresCapture, postgresDocuments, type SqlSession } from '@sluice/core/conformance';
import { describeCapture, describeDocumentBuilder, describePlugin } from '@sluice/core/testkit';
import polling from 'sluice-capture-polling';
import masked from 'sluice-documents-masked';
import { afterAll, beforeAll } from 'vitest';
import { connectTo, createDatabase, type TestDatabase } from '../support/postgres.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(async () => {
  await database.drop();
});

/** What an application that is polled does: every row says when it was written. */
async function addTimes(session: SqlSession, schema: string): Promise<void> {
  await session.query(`
    CREATE FUNCTION "${schema}".touch() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN NEW.updated_at := now(); RETURN NEW; END'`);
  for (const table of ['customers', 'orders', 'orderItems']) {
    await session.query(`
      ALTER TABLE "${schema}"."${table}" ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();
      CREATE INDEX ON "${schema}"."${table}" (updated_at);
      CREATE TRIGGER touched BEFORE UPDATE ON "${schema}"."${table}"
        FOR EACH ROW EXECUTE FUNCTION "${schema}".touch()`);
  }
}

describePlugin(polling);
describeCapture(
  'the example that polls',
  postgresCapture({
    url: () => database.url,
    connect: connectTo,
    prepare: addTimes,
    create: (context, name) =>
      polling.create(context, {
        column: 'updated_at',
        interval: 20,
        settle: 300,
        page: 5000,
        accept_loss: 'all',
        state: name,
      }),
    missing: {
      deletes: /deletes/,
      truncates: /truncates/,
      before: /before it moved/,
      'late commits': /longer than `settle`/,
      'one stream': /second process/,
    },
    async remains(session, name) {
      const { rows } = await session.query('SELECT relname FROM pg_class WHERE relname = $1', [name]);
      return rows.map(({ relname }) => `table ${relname}`);
    },
    async lose(session, name) {
      await session.query(`DROP TABLE IF EXISTS "${name}"`);
    },
  }),
);

describePlugin(masked);
describeDocumentBuilder(
  'the example that masks',
  postgresDocuments({
    url: () => database.url,
    connect: connectTo,
    create: (context) =>
      masked.create(context, {
        mask: {},
        secret: 'a secret of sixteen letters',
        postgres: { connections: 3 },
      }),
  }),
);
