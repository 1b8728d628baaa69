import { postgresDocuments } from '@sluice/core/conformance';
import { describeDocumentBuilder } from '@sluice/core/testkit';
import { afterAll, beforeAll } from 'vitest';
import { type PgBouncer, startPooler } from '../../../test/support/pooler.ts';
import { connectTo, createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import plugin from './index.ts';

let database: TestDatabase;
let behindPooler: TestDatabase;
let pooler: PgBouncer;
beforeAll(async () => {
  [database, behindPooler] = await Promise.all([createDatabase(), createDatabase()]);
  pooler = await startPooler(database.url);
});
afterAll(async () => {
  await pooler.stop();
  await Promise.all([database.drop(), behindPooler.drop()]);
});

describeDocumentBuilder(
  'documents from Postgres',
  postgresDocuments({
    url: () => database.url,
    connect: connectTo,
    create: (context) => plugin.create(context, { connections: 3 }),
    failing: '10 / (number - 13) IS NOT NULL',
  }),
);

describeDocumentBuilder(
  'documents from Postgres through a transaction pooler',
  postgresDocuments({
    url: () => pooler.through(behindPooler.url),
    // The shop itself is written to directly.
    connect: () => connectTo(behindPooler.url),
    create: (context) => plugin.create(context, { connections: 3 }),
    failing: '10 / (number - 13) IS NOT NULL',
  }),
);
