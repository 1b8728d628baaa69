import { expect, test } from 'vitest';
import { Deployment } from '../e2e/harness/deployment.ts';
import { startOwnPostgres } from '../support/own-servers.ts';
import { shop } from './harness/shop.ts';
import { startWorkload } from './harness/workload.ts';

test('an owner without REPLICATION follows where the log is not written for logical decoding', async () => {
  await using plain = await startOwnPostgres({ settings: { wal_level: 'minimal', max_wal_senders: 0 } });
  await using site = await Deployment.create({ ...shop(), servers: { postgres: plain.url } });
  const { database } = site;
  const role = await database.createRole('NOSUPERUSER NOREPLICATION');
  await database.query(`
    GRANT CREATE ON DATABASE ${database.name} TO ${role.name};
    ALTER TABLE customers OWNER TO ${role.name};
    ALTER TABLE orders OWNER TO ${role.name};
    ALTER SCHEMA harness OWNER TO ${role.name};
    ALTER TABLE harness.marker OWNER TO ${role.name}`);
  site.environment['DATABASE_URL'] = role.url;
  const process = await site.start();
  await using workload = startWorkload(database.url);
  await workload.until(100);
  await workload.stop();
  await site.converged();
  expect(process.ending).toBeNull();
});
