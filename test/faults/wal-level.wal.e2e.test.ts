import { expect, test } from 'vitest';
import { Deployment } from '../e2e/harness/deployment.ts';
import { startOwnPostgres } from '../support/own-servers.ts';
import { shop } from './harness/shop.ts';

test('where the log is not written for logical decoding, the error says what to set', async () => {
  await using plain = await startOwnPostgres({ settings: { wal_level: 'replica' } });
  await using site = await Deployment.create({ ...shop({ customers: 5 }), servers: { postgres: plain.url } });
  const { code, log } = await site.run().untilEnded();
  expect(code).toBe(3);
  expect(log).toMatch(/wal_level/);
  expect(log).toMatch(/ALTER SYSTEM SET wal_level = logical/i);
});
