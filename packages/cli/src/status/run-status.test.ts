import type { FollowedGeneration } from '@sluice/core/engine';
import { parseSchema } from '@sluice/core/schema';
import { expect, test } from 'vitest';
import { trackProgress } from '../run/progress.ts';
import { collectMetrics } from '../server/metrics.ts';
import { answerPublic } from '../server/public-routes.ts';
import { runStatus } from './run-status.ts';

const limits = {
  warnBytes: 1,
  warnAgeMs: 1,
  maxBytes: 1,
  maxAgeMs: 1,
  atLimit: 'keep',
  releaseAfterMs: 1,
} as const;
const { schema } = parseSchema('table: users\nfields:\n  - text: name', 'users.schema.yml', 'users');

function generation(
  record: Partial<FollowedGeneration['record']> = {},
  more: Partial<Omit<FollowedGeneration, 'record'>> = {},
): FollowedGeneration {
  if (schema === null) throw new Error('the schema is right');
  const seeded = record.seeded ?? true;
  return {
    sink: 'search',
    required: true,
    missed: false,
    stopped: null,
    inUse: seeded,
    record: {
      format: 1,
      index: 'users',
      hash: 'a',
      number: 1,
      schema,
      source: { system: '1', databaseOid: '1', database: 'shop', host: 'db', timeline: '1', version: '1' },
      epoch: 0,
      scan: null,
      requested: null,
      behind: null,
      capture: { identity: 'slot', position: '0/1', besides: [] },
      lease: null,
      ...record,
      seeded,
    },
    ...more,
  };
}

function statusOf(...generations: readonly FollowedGeneration[]) {
  const { observer, snapshot } = trackProgress();
  observer.phase?.('live');
  return runStatus(snapshot(), { generations: () => generations, safety: () => [] }, limits, ['users']);
}

const filling = {
  seeded: false,
  scan: { kind: 'backfill', reason: null, boundaries: [], finished: [], rows: 1 },
} as const;
const reconciling = { requested: { depth: 'full', reason: 'its column age is another one' } } as const;
const stopped = { stopped: 'a document was rejected' };

test.each<[string, boolean, readonly FollowedGeneration[]]>([
  ['is searched and followed', true, [generation()]],
  ['is reconciled', true, [generation(reconciling)]],
  ['is stopped', false, [generation({}, stopped)]],
  ['is stopped while it is to be reconciled', false, [generation(reconciling, stopped)]],
  ['is stopped in a sink that is not required', true, [generation({}, { ...stopped, required: false })]],
  ['was left behind', false, [generation({ behind: 'rejected' }, stopped)]],
  [
    'was left behind before, and is reconciled now',
    true,
    [generation({ behind: 'rejected', ...reconciling })],
  ],
  ['is filled', false, [generation(filling)]],
  ['was never filled, and stopped', false, [generation(filling, stopped)]],
  ['was never filled, and left behind', false, [generation({ ...filling, behind: 'rejected' }, stopped)]],
  [
    'is built anew beside one in use',
    true,
    [generation({ ...filling, number: 2 }), generation({}, { inUse: false })],
  ],
  [
    'stopped while it was built anew beside one in use',
    true,
    [generation({ ...filling, number: 2 }, stopped), generation({}, { inUse: false })],
  ],
  [
    'stopped, though the one before is kept in step',
    false,
    [generation({ number: 2 }, stopped), generation({}, { inUse: false })],
  ],
  [
    'is searched, though the one before stopped',
    true,
    [generation({ number: 2 }), generation({}, { ...stopped, inUse: false })],
  ],
])('whether it is ready where the index %s: %s', async (_what, ready, generations) => {
  const status = statusOf(...generations);
  expect(status.ready).toBe(ready);
  const metrics = async () => ({ text: '', type: '' });
  const answer = await answerPublic(
    {
      method: 'GET',
      path: '/readyz',
      query: new URLSearchParams(),
      signal: new AbortController().signal,
      authorization: undefined,
    },
    { status: () => status, metrics },
  );
  expect(answer?.status).toBe(ready ? 200 : 503);
});

test('what stopped an index is its reason, and not what was asked for before', () => {
  const [index] = statusOf(generation(reconciling, stopped)).indexes;
  expect(index).toMatchObject({ state: 'stopped', reason: stopped.stopped, complete: true });
});

test('the metrics tell in which state every index is when they are asked for', async () => {
  let generations = [generation()];
  const { text } = collectMetrics(() => statusOf(...generations).indexes);
  const line = (state: string, count: number) =>
    `sluice_index_state{index="users",sink="search",state="${state}"} ${count}`;
  expect((await text()).text).toContain(line('searchable', 1));
  generations = [generation({}, stopped), generation({ ...filling, number: 2 })];
  const { text: now } = await text();
  for (const [state, count] of [
    ['searchable', 0],
    ['stopped', 1],
    ['filling', 1],
  ] as const) {
    expect(now).toContain(line(state, count));
  }
});
