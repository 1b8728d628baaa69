import { SluiceError } from '@sluice/core';
import { expect, test } from 'vitest';
import { document, generation, scalar } from '../../test/fixture.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { BulkWriter } from './bulk-writer.ts';

const users = generation([scalar('n', 'integer')]);
const { signal } = new AbortController();

/** A writer with one bulk at a time, to a cluster that answers each as told. */
function writerTo(answers: (() => Promise<unknown>)[]) {
  let sent = 0;
  const cluster: Cluster = {
    nodes: 'search',
    send: async () => {
      const body = await answers[sent++]?.();
      return { status: 200, headers: {}, body };
    },
    close: async () => undefined,
  };
  const writer = new BulkWriter(cluster, {
    prefix: 'test_',
    ceiling: { documents: 100, bytes: 1e6, concurrency: 1 },
    timeout: 1_000,
    pipeline: undefined,
  });
  const write = (id: string) =>
    writer.write({ generation: users, epoch: 0, documents: [document(id, 5n, '{"n":1}')], signal });
  return { write, sent: () => sent };
}

const accepted = async () => ({ errors: false });

test.each([
  [
    'without an answer',
    async () => Promise.reject(new SluiceError('SLUICE_SINK_UNAVAILABLE', 'socket hang up')),
  ],
  ['with an answer of something else', async () => '<html>'],
])('what waited behind a bulk that was lost, %s, is not sent', async (_how, lost) => {
  const { write, sent } = writerTo([lost, accepted]);
  const results = await Promise.allSettled([write('1'), write('2')]);
  const unavailable = { status: 'rejected', reason: { code: 'SLUICE_SINK_UNAVAILABLE' } };
  expect(results).toMatchObject([unavailable, unavailable]);
  expect(sent()).toBe(1);
  // What is built after that is.
  expect(await write('2')).toMatchObject({ accepted: 1 });
});

test('what waited behind a bulk that was answered is sent', async () => {
  const { write, sent } = writerTo([accepted, accepted]);
  expect(await Promise.all([write('1'), write('2')])).toMatchObject([{ accepted: 1 }, { accepted: 1 }]);
  expect(sent()).toBe(2);
});
