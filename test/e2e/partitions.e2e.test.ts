import { beforeAll, describe, test } from 'vitest';
import { Deployment } from './harness/deployment.ts';
import { expectChange } from './harness/expect-change.ts';
import { loadFixture } from './harness/fixture.ts';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await Deployment.start(await loadFixture('partitions'));
  return () => deployment[Symbol.asyncDispose]();
});

const cases: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'a partitioned root': {
    'gets a row': "INSERT INTO accounts VALUES ('eu', 101, 'new')",
    'has a row changed': "UPDATE accounts SET name = 'changed' WHERE region = 'us' AND id = 1",
    'has a row changed through its leaf': "UPDATE accounts_eu SET name = 'changed' WHERE id = 2",
    'has a row deleted': "DELETE FROM accounts WHERE region = 'us' AND id = 3",
    'has a row moved to another partition':
      "UPDATE accounts SET region = 'us', id = 104 WHERE region = 'eu' AND id = 4",
    'has a child changed': "UPDATE notes SET body = 'changed' WHERE id = 10",
    'has a child moved to a row of another partition': "UPDATE notes SET region = 'us' WHERE id = 12",
    'gets a partition, and a row in it': `
      CREATE TABLE accounts_asia PARTITION OF accounts FOR VALUES IN ('asia');
      INSERT INTO accounts VALUES ('asia', 1, 'first')`,
    'has a row moved into the new partition':
      "UPDATE accounts SET region = 'asia' WHERE region = 'eu' AND id = 5",
    'has a row of the new partition changed':
      "UPDATE accounts SET name = 'changed' WHERE region = 'asia' AND id = 1",
    'gets a table with rows as a partition': `
      CREATE TABLE accounts_africa (LIKE accounts INCLUDING ALL);
      INSERT INTO accounts_africa SELECT 'africa', n, 'attached' FROM generate_series(1, 5) AS n;
      ALTER TABLE accounts ATTACH PARTITION accounts_africa FOR VALUES IN ('africa')`,
    'has a row of the attached partition deleted': "DELETE FROM accounts WHERE region = 'africa' AND id = 2",
    'loses a partition that is detached': 'ALTER TABLE accounts DETACH PARTITION accounts_asia',
    'loses a partition that is dropped': 'DROP TABLE accounts_africa',
    'has one leaf truncated': 'TRUNCATE accounts_us',
    'is truncated': 'TRUNCATE accounts',
    'gets rows after it was truncated':
      "INSERT INTO accounts SELECT 'us', n, 'again' FROM generate_series(1, 5) AS n",
  },
  'a partitioned child': {
    'gets a row': "INSERT INTO readings VALUES (1, '2026-01-03', 1, 7)",
    'has a row changed': "UPDATE readings SET value = -1 WHERE day = '2026-01-26' AND slot = 1",
    'has a row deleted': "DELETE FROM readings WHERE day = '2026-01-26' AND slot = 2",
    'has a row moved to another root':
      "UPDATE readings SET sensor_id = 12 WHERE day = '2026-01-26' AND slot = 3",
    'has a row moved to another partition':
      "UPDATE readings SET day = '2026-02-20' WHERE day = '2026-01-26' AND slot = 4",
    'has a row moved to another partition and root at once':
      "UPDATE readings SET day = '2026-02-21', sensor_id = 1 + sensor_id % 12 WHERE day = '2026-01-26' AND slot = 5",
    'has a row of the deeper partitions moved between them':
      "UPDATE readings SET slot = 22 WHERE day = '2026-02-02' AND slot = 1",
    'gets a partition, and rows in it': `
      CREATE TABLE readings_2026_03 PARTITION OF readings FOR VALUES FROM ('2026-03-01') TO ('2026-04-01');
      INSERT INTO readings SELECT n, '2026-03-01', n, n FROM generate_series(1, 12) AS n`,
    'gets a table with rows as a partition': `
      CREATE TABLE readings_2026_04 (LIKE readings INCLUDING ALL);
      INSERT INTO readings_2026_04 SELECT n, '2026-04-01', n, n FROM generate_series(1, 12) AS n;
      ALTER TABLE readings ATTACH PARTITION readings_2026_04 FOR VALUES FROM ('2026-04-01') TO ('2026-05-01')`,
    'has a row of the attached partition deleted':
      "DELETE FROM readings WHERE day = '2026-04-01' AND slot = 3",
    'loses a partition that is detached': 'ALTER TABLE readings DETACH PARTITION readings_2026_04',
    'loses rows by cascade': 'DELETE FROM sensors WHERE id = 5',
    'has one leaf truncated': 'TRUNCATE readings_2026_02_odd',
    'has a partition with partitions truncated': 'TRUNCATE readings_2026_02',
    'is truncated': 'TRUNCATE readings',
  },
};

describe.each(Object.entries(cases))('%s', (_what, variants) => {
  test.each(Object.entries(variants))('%s', async (_how, sql) => {
    await expectChange(deployment, sql);
  });
});
