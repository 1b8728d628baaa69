import { expect, test } from 'vitest';
import { createDatabase } from '../../../test/support/postgres.ts';
import { brief, follow, makeCapture, requirements, table } from '../test/harness.ts';

test('24: what a subscription applies is told of; statement triggers, which miss it, are refused', async () => {
  await using publisher = await createDatabase();
  await using subscriber = await createDatabase();
  const tables = 'CREATE TABLE applied (id int PRIMARY KEY, n int)';
  await publisher.query(`${tables}; CREATE PUBLICATION applied FOR TABLE applied`);
  await subscriber.query(tables);
  // Made apart: creating a subscription to the same cluster would wait for itself.
  await publisher.query('SELECT pg_create_logical_replication_slot($1, $2)', [
    `applied_${publisher.name}`,
    'pgoutput',
  ]);
  await subscriber.query(
    `CREATE SUBSCRIPTION "${subscriber.name}" CONNECTION '${publisher.url}' PUBLICATION applied
     WITH (create_slot = false, slot_name = 'applied_${publisher.name}', copy_data = false)`,
  );
  const required = requirements(table('applied', ['id'], ['id'], ['n']));
  const refused = makeCapture(subscriber, { mode: 'statement' }).capture;
  expect((await refused.inspect(required)).tables[0]?.problems[0]?.message).toBe(
    'Statement triggers miss what a subscription writes to public.applied.',
  );
  await refused.close();

  const { consumer, stop } = await follow(subscriber, required);
  await publisher.query('INSERT INTO applied VALUES (1, 0)');
  await publisher.query('UPDATE applied SET n = 1');
  await publisher.query('DELETE FROM applied');
  await publisher.query('TRUNCATE applied');
  const changes = await consumer.until('all four', (all) => all.length === 4);
  expect(brief(changes)).toEqual(['insert 1', 'update 1', 'delete 1', 'truncate']);
  await stop();
  await subscriber.query(`ALTER SUBSCRIPTION "${subscriber.name}" DISABLE`);
  await subscriber.query(`ALTER SUBSCRIPTION "${subscriber.name}" SET (slot_name = NONE)`);
  await subscriber.query(`DROP SUBSCRIPTION "${subscriber.name}"`);
});
