import assert from 'node:assert/strict';
import { isSluiceError } from '../../errors/index.ts';
import type { ConformanceCheck } from '../check.ts';
import { customer } from '../source/test-rows.ts';
import { captureCheck } from './capture-bench.ts';
import { assertAfter, show } from './changes.ts';
import type { CaptureDriver } from './driver.ts';

/** What cannot be had, and how that is said. */
export const failureChecks: readonly ConformanceCheck<CaptureDriver>[] = [
  captureCheck('says that the source is unavailable where it cannot be reached', async (bench) => {
    const consumer = await bench.following();
    await bench.source.cutOff(consumer.capture);
    const failure = await consumer.failure();
    assert.ok(
      isSluiceError(failure, 'SLUICE_SOURCE_UNAVAILABLE'),
      `the stream ended with ${String(failure)}`,
    );
    await assert.rejects(
      consumer.capture.inspect(bench.required),
      (error) => isSluiceError(error, 'SLUICE_SOURCE_UNAVAILABLE'),
      'inspect',
    );
    await bench.kill(consumer);
    await bench.source.insert('customers', [customer(1)]);
    assertAfter((await bench.restarted()).changes, 'customers', { id: '1' });
  }),

  captureCheck('does not stream what was never provisioned, and says what to do', async (bench) => {
    const failure = await bench.consume(await bench.open()).failure();
    const codes = ['SLUICE_CAPTURE_NOT_PROVISIONED', 'SLUICE_CAPTURE_LOST'] as const;
    assert.ok(
      codes.some((code) => isSluiceError(failure, code)),
      `the stream ended with ${String(failure)}`,
    );
  }),

  captureCheck(
    'says that it is lost when its mechanism is gone, until it is provisioned anew',
    async (bench) => {
      const consumer = await bench.following();
      await bench.close(consumer);
      await bench.source.lose();
      const capture = await bench.open();
      const failure = await bench.consume(capture).failure();
      assert.ok(isSluiceError(failure, 'SLUICE_CAPTURE_LOST'), `the stream ended with ${String(failure)}`);
      assert.notEqual((await capture.inspect(bench.required)).mechanism, 'ready');
      assert.equal(
        (await bench.provision(capture)).created,
        true,
        '`created`: what happened before is unknown',
      );
      await bench.source.insert('customers', [customer(1)]);
      assertAfter((await bench.follow(capture)).changes, 'customers', { id: '1' });
    },
  ),

  captureCheck('says of every table which guarantees it lacks', async (bench, { missing = {} }) => {
    const capture = await bench.open();
    await bench.provision(capture);
    const { problems, tables } = await capture.inspect(bench.required);
    for (const [name, words] of Object.entries(missing)) {
      for (const { table, problems: own } of tables) {
        const said = [...problems, ...own].flatMap(({ guarantee }) => guarantee ?? []);
        assert.ok(
          said.some((one) => words.test(one)),
          `nothing says of ${table.name} that ${name} are missing (${words}); said: ${show(said)}`,
        );
      }
    }
  }),
];
