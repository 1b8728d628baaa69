import { afterAll, beforeAll } from 'vitest';
import { describeRewrites } from '../../../test/support/capture-rewrites.ts';
import { createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import { makeCapture } from '../test/harness.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(async () => {
  await database.drop();
});

describeRewrites(
  () => database,
  (source, name) => makeCapture(source, { schema: `c_${name}`, watch_interval: '100ms' }).capture,
);
