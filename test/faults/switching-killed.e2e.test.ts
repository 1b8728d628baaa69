import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Mechanism } from '../e2e/harness/captures.ts';
import { Deployment } from '../e2e/harness/deployment.ts';
import { startProxy } from '../support/tcp-proxy.ts';
import { waitFor } from '../support/wait.ts';
import { mechanisms, onlyHas, scans } from './harness/mechanisms.ts';
import { type GenerationRecord, generationRecords } from './harness/records.ts';
import { startGate } from './harness/request-gate.ts';
import { shop } from './harness/shop.ts';
import { said, switched } from './harness/switching.ts';
import { startWorkload } from './harness/workload.ts';

const other = { wal: 'triggers', triggers: 'wal' } as const;
const both = ['wal', 'triggers'] as const satisfies readonly Mechanism[];

/** Which capture each record names. */
async function recorded(site: Deployment): Promise<readonly string[]> {
  const records = await generationRecords(site);
  return records.map(({ capture }) => capture.plugin?.name ?? 'none');
}

/** Whether what a request brings is a record that says that its index follows this capture. */
function namesCapture(body: string, capture: Mechanism): boolean {
  if (!body.startsWith('{"value"')) return false;
  const { value }: { value: Partial<GenerationRecord> } = JSON.parse(body);
  return value.capture?.plugin?.name === capture;
}

describe.each(both)('killed on the way from %s to the other one', (from) => {
  const to = other[from];

  /** Goes on after the kill: nothing was lost, nothing is scanned, and only the new one is in the source. */
  async function expectThrough(site: Deployment): Promise<void> {
    await using workload = startWorkload(site.database.url);
    await workload.until(30);
    const process = await site.start();
    await onlyHas(site, to);
    await workload.until(30);
    await workload.stop();
    await site.converged();
    expect(scans(process)).toEqual([]);
    expect(new Set(await recorded(site))).toEqual(new Set([to]));
  }

  async function stoppedBefore(): Promise<Deployment> {
    const site = await Deployment.start({ ...shop(), capture: from });
    await site.process.stop();
    await site.reconfigure({ capture: to });
    return site;
  }

  /** A run that makes the new one, beside an open transaction: a slot waits for every one, a trigger for those that wrote to its table. */
  async function runBeside(site: Deployment) {
    const open = await site.database.connect();
    await open.query("BEGIN; UPDATE customers SET name = 'open' WHERE id = 1");
    const process = site.run();
    await process.untilLogged('the new one to be made', said('making what it needs'));
    return { open, process };
  }

  test('while the new one is made', async () => {
    await using site = await stoppedBefore();
    const { open, process } = await runBeside(site);
    await process.untilLogged('the open transaction to be waited for', said('waits for'));
    await process.kill();
    await open.query('COMMIT');
    await expectThrough(site);
  });

  test('while what the former one has is brought to the sinks', async () => {
    await using site = await stoppedBefore();
    await using proxy = await startProxy(site.search.url);
    site.environment['OPENSEARCH_URL'] = proxy.through(site.search.url);
    const { open, process } = await runBeside(site);
    await proxy.set('blackhole');
    await site.database.query("UPDATE orders SET status = 'on its way' WHERE id <= 100");
    await open.query('COMMIT');
    await process.untilLogged('the barrier', said('waiting for what'));
    expect(await mechanisms(site)).toEqual(['wal', 'triggers']);
    await process.kill();
    await proxy.set('forward');
    await expectThrough(site);
  });

  test('between two records', async () => {
    await using site = await stoppedBefore();
    await using gate = await startGate(site.search.url);
    site.environment['OPENSEARCH_URL'] = gate.url;
    const process = site.run();
    await gate.hold((_request, body) => namesCapture(body, to), 'after', 'the first record to be changed');
    await process.kill();
    gate.open();
    expect(new Set(await recorded(site)), 'some records were changed, and some were not').toEqual(
      new Set([from, to]),
    );
    await expectThrough(site);
  });

  test('while what the former one has in the source is removed', async () => {
    await using site = await stoppedBefore();
    // Keeps a table from leaving the publication and a trigger from being dropped, but not the application from writing.
    const lock = await site.database.connect();
    const process = site.run();
    await process.untilLogged('the barrier', said('writing it down'));
    await lock.query('BEGIN; LOCK TABLE customers IN SHARE UPDATE EXCLUSIVE MODE');
    await process.untilLogged('the change', said(switched(to)));
    await waitFor(() => process.log.split(switched(to))[1]?.includes('waits for'), {
      what: 'the removal to wait for the lock',
    });
    await process.kill();
    await lock.query('ROLLBACK');
    expect(await mechanisms(site)).toEqual(['wal', 'triggers']);
    await expectThrough(site);
  });

  test('at any moment', async () => {
    await using site = await stoppedBefore();
    await using workload = startWorkload(site.database.url);
    for (let ms = 100; ; ms += 130) {
      const process = site.run();
      await process.untilLogged('the switch', said('switch to')).catch(() => undefined);
      await delay(ms % 1_000);
      await process.kill();
      expect(scans(process)).toEqual([]);
      await workload.until(5);
      if (ms > 1_000 || !(await recorded(site)).includes(from)) break;
    }
    await workload.stop();
    await expectThrough(site);
  });
});
