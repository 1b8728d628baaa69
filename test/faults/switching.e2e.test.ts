import { expect, test } from 'vitest';
import { Deployment } from '../e2e/harness/deployment.ts';
import { expectEnded } from '../e2e/harness/expect-ended.ts';
import type { LogEvent } from '../e2e/harness/sluice-process.ts';
import { startProxy } from '../support/tcp-proxy.ts';
import { waitFor } from '../support/wait.ts';
import { mechanisms, onlyHas, scans } from './harness/mechanisms.ts';
import { shop } from './harness/shop.ts';
import { said, switched } from './harness/switching.ts';
import { startWorkload } from './harness/workload.ts';

test('from the log to triggers and back, while the application writes: nothing is lost, and nothing is scanned', async () => {
  await using site = await Deployment.start({ ...shop(), capture: 'wal' });
  await using workload = startWorkload(site.database.url);
  for (const capture of ['triggers', 'wal'] as const) {
    await workload.until(50);
    await site.process.stop();
    await workload.until(50);
    await site.reconfigure({ capture });
    const process = await site.start();
    await onlyHas(site, capture);
    await workload.until(50);
    expect(process.log).toContain(switched(capture));
    expect(scans(process)).toEqual([]);
  }
  await workload.stop();
  await site.converged();
  expect(scans(site.process)).toEqual([]);
});

test('told to go back before it came to the change: what was made for the new one is removed', async () => {
  await using site = await Deployment.start({ ...shop(), capture: 'wal' });
  await site.process.stop();
  await site.reconfigure({ capture: 'triggers' });
  await using proxy = await startProxy(site.search.url);
  const direct = site.environment['OPENSEARCH_URL'] ?? '';
  site.environment['OPENSEARCH_URL'] = proxy.through(site.search.url);
  const process = site.run();
  await process.untilLogged('the new one to be made', said('making what it needs'));
  await proxy.set('blackhole');
  await process.untilLogged('the barrier', said('waiting for what'));
  await process.kill();
  expect(await mechanisms(site)).toEqual(['wal', 'triggers']);
  site.environment['OPENSEARCH_URL'] = direct;
  await site.reconfigure({ capture: 'wal' });
  const back = await site.start();
  await onlyHas(site, 'wal');
  await site.converged();
  expect(scans(back)).toEqual([]);
});

test('a slot that was dropped before the change: said, reconciled, and what is left of it removed', async () => {
  await using site = await Deployment.start({ ...shop(), capture: 'wal' });
  const { database } = site;
  await site.process.stop();
  await database.query(`
    SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = current_database();
    DELETE FROM customers WHERE id BETWEEN 20 AND 30;
    UPDATE customers SET name = 'missed' WHERE id = 60`);
  await site.reconfigure({ capture: 'triggers' });
  const process = await site.start();
  expect(process.log).toContain('the indexes followed wal, which can no longer be read');
  await onlyHas(site, 'triggers');
  await site.converged();
});

test('an outbox that was dropped before the change: said, reconciled, and what is left of it removed', async () => {
  await using site = await Deployment.start({ ...shop(), capture: 'triggers' });
  const { database } = site;
  await site.process.stop();
  const [row] = await database.query<{ name: string }>(
    "SELECT relnamespace::regnamespace::text AS name FROM pg_class WHERE relname = 'outbox'",
  );
  await database.query(`
    DROP SCHEMA ${row?.name} CASCADE;
    DELETE FROM customers WHERE id BETWEEN 20 AND 30;
    UPDATE customers SET name = 'missed' WHERE id = 60`);
  await site.reconfigure({ capture: 'wal' });
  const process = await site.start();
  expect(process.log).toContain('the indexes followed triggers, which can no longer be read');
  await onlyHas(site, 'wal');
  await site.converged();
});

test('run --once changes too where it leaves the capture, and takes both along where it does not', async () => {
  await using site = await Deployment.create({ ...shop(), capture: 'wal' });
  expect((await site.runOnce({ args: ['--keep-capture'] })).code).toBe(0);
  await site.database.query("UPDATE customers SET name = 'between' WHERE id <= 10");
  await site.reconfigure({ capture: 'triggers' });
  const kept = await site.runOnce({ args: ['--keep-capture'] });
  expectEnded(kept, 0);
  expect(await mechanisms(site)).toEqual(['triggers']);
  await site.converged();
  expect(scans(site.process)).toEqual([]);
  await site.reconfigure({ capture: 'wal' });
  await site.database.query("UPDATE customers SET name = 'last' WHERE id <= 10");
  const last = await site.runOnce();
  expectEnded(last, 0);
  expect(await mechanisms(site)).toEqual([]);
  await site.converged();
  expect(scans(site.process)).toEqual([]);
});

test('--no-provision refuses with the SQL of the new one; a second process stands by until the first has changed', async () => {
  await using site = await Deployment.start({ ...shop(), capture: 'wal' });
  await site.process.stop();
  await site.reconfigure({ capture: 'triggers' });
  const refused = await site.command('run', '--no-provision');
  expect(refused.code).toBe(3);
  expect(refused.log).toContain('the indexes follow wal');
  expect(refused.log).toMatch(/CREATE OR REPLACE TRIGGER/);
  expect(await mechanisms(site)).toEqual(['wal']);
  const checked = await site.command('check');
  expectEnded(checked, 0);
  expect(checked.output).toContain('The indexes follow wal; triggers takes over without a rebuild');

  const first = await site.start();
  const second = site.run();
  try {
    await second.untilLogged('the second to stand by', (event) => /standing by/.test(JSON.stringify(event)));
    await onlyHas(site, 'triggers');
    await site.database.query("UPDATE customers SET name = 'both' WHERE id <= 10");
    expect(second.log).not.toContain('switch to');
  } finally {
    await first.kill();
  }
  await second.untilLive(60_000);
  await site.converged();
  expect(scans(second)).toEqual([]);
});

test('what was made beforehand is used with --no-provision, and what is left of the former one is told with its SQL', async () => {
  await using site = await Deployment.start({ ...shop(), capture: 'wal' });
  await site.process.stop();
  await site.reconfigure({ capture: 'triggers' });
  expectEnded(await site.command('provision'), 0);
  await site.database.query("UPDATE customers SET name = 'between' WHERE id <= 10");
  const process = await site.start({ args: ['--no-provision'] });
  await process.untilLogged(
    'what is still there',
    ({ msg, hint }) =>
      msg.includes('what wal had in the source is still there') &&
      String(hint).includes('pg_drop_replication_slot'),
  );
  expect(await mechanisms(site)).toEqual(['wal', 'triggers']);
  await site.converged();
  await process.stop();
  const again = await site.start();
  await onlyHas(site, 'triggers');
  await site.converged();
  expect([...scans(process), ...scans(again)]).toEqual([]);
});

test('what was provisioned for another capture and never followed is told of at the first start, with what removes it', async () => {
  await using site = await Deployment.create({ ...shop(), capture: 'wal' });
  expectEnded(await site.command('provision'), 0);
  await site.reconfigure({ capture: 'triggers' });
  const unfollowed = ({ code }: LogEvent) => code === 'SLUICE_CAPTURE_UNFOLLOWED';
  const first = await site.start();
  const [told] = first.events.filter(unfollowed);
  expect(told?.msg).toContain('wal has something in the source');
  expect(told?.['hint']).toContain('pg_drop_replication_slot');
  expect(await mechanisms(site)).toEqual(['wal', 'triggers']);
  await first.stop();
  await site.reconfigure({ capture: 'wal' });
  expectEnded(await site.command('provision', '--remove'), 0);
  await site.reconfigure({ capture: 'triggers' });
  const second = await site.start();
  expect(second.events.filter(unfollowed)).toEqual([]);
  await site.converged();
});

test('a process that was halted before it began, until another had changed, makes nothing again', async () => {
  await using site = await Deployment.start({ ...shop(), capture: 'wal' });
  await site.process.stop();
  await site.reconfigure({ capture: 'triggers' });
  const open = await site.database.connect();
  await open.query("BEGIN; UPDATE customers SET name = 'open' WHERE id = 1");
  const begun = site.run();
  await begun.untilLogged('the open transaction to be waited for', said('waits for'));
  await begun.kill();
  await open.query('COMMIT');

  await using proxy = await startProxy(site.search.url);
  proxy.delay(1_000);
  site.environment['OPENSEARCH_URL'] = proxy.through(site.search.url);
  const halted = site.run();
  try {
    await halted.untilLogged('the choice', said('takes over without a rebuild'));
    halted.signal('SIGSTOP');
    proxy.delay(0);
    site.environment['OPENSEARCH_URL'] = site.search.url;
    const changed = site.run();
    await changed.untilLogged('the barrier', said('writing it down'));
    await open.query('BEGIN; LOCK TABLE customers IN SHARE UPDATE EXCLUSIVE MODE');
    await changed.untilLogged('the change', said(switched('triggers')));
    // The slot is gone by then, and the publication is not.
    await waitFor(() => changed.log.split(switched('triggers'))[1]?.includes('waits for'), {
      what: 'the removal to wait for the lock',
    });
    halted.signal('SIGCONT');
    await halted.untilLogged(
      'the halted one to see that it changed',
      ({ msg }) => msg.includes('retry') || msg.includes('was changed by another process'),
    );
    await open.query('ROLLBACK');
    await onlyHas(site, 'triggers');
    await site.converged();
    expect(scans(changed)).toEqual([]);
  } finally {
    await halted.kill();
  }
});
