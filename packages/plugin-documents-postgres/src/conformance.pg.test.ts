import { postgresDocuments } from '@sluice/core/conformance';
import { describeDocumentBuilder } from '@sluice/core/testkit';
import { afterAll, beforeAll } from 'vitest';
import { connectTo, createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import plugin from './index.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(async () => {
  await database.drop();
});

describeDocumentBuilder(
  'documents from Postgres',
  postgresDocuments({
    url: () => database.url,
    connect: connectTo,
    create: (context) => plugin.create(context, { connections: 3 }),
  }),
);
