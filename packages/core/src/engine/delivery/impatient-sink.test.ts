import { expect, test } from 'vitest';
import { createReferenceSink, MemoryStore } from '../../../test/reference-sink.ts';
import { swallowing } from '../../../test/swallowing-sink.ts';
import { conformanceSchema } from '../../conformance/sink/conformance-schema.ts';
import type { Sink } from '../../contracts/index.ts';
import { impatient } from './impatient-sink.ts';

const generation = { index: 'a', hash: '0', number: 1, schema: conformanceSchema('a') };

function swallowed(patienceMs: number) {
  const network = swallowing(createReferenceSink(new MemoryStore(), 'versioned'));
  return { network, sink: impatient(network.sink, 'the optional sink "search"', patienceMs) };
}

async function pagesOf({ reader }: Sink): Promise<readonly unknown[]> {
  const pages: unknown[] = [];
  for await (const page of reader?.list(generation, 10) ?? []) pages.push(page);
  return pages;
}

test('what a sink answers in time comes as it is', async () => {
  const frozen = Object.freeze(createReferenceSink(new MemoryStore(), 'versioned'));
  const sink = impatient(frozen, 'the sink', 5_000);
  expect(sink.ordering).toBe('versioned');
  expect(sink.fingerprint(generation.schema)).toEqual({
    fields: ['title', 'code', 'count', 'price', 'data'],
  });
  expect(sink.describe).toBeUndefined();
  expect('records' in sink).toBe(true);
  await sink.ensureIndex(generation);
  const revision = await sink.records?.put('a', { n: 1 }, null);
  expect(await sink.records?.list()).toEqual([{ id: 'a', value: { n: 1 }, revision }]);
  expect(await sink.generations?.exists(generation)).toBe(true);
  const documents = [{ key: ['1'], id: '1', routing: null, version: 1n, body: '{}' }];
  const { signal } = new AbortController();
  expect(await sink.write({ generation, epoch: 0, documents, signal })).toMatchObject({ accepted: 1 });
  expect(await pagesOf(sink)).toMatchObject([[{ id: '1' }]]);
});

test('what the sink refuses is refused for its own reason', async () => {
  const { sink } = swallowed(5_000);
  await expect(sink.generations?.beginBackfill(generation)).rejects.toMatchObject({
    code: 'SLUICE_SINK_REFUSED',
  });
});

test.each([
  ['records.list', ({ records }) => records?.list()],
  ['ensureIndex', ({ ensureIndex }) => ensureIndex(generation)],
  ['reader.list', pagesOf],
] satisfies readonly (readonly [string, (sink: Sink) => unknown])[])(
  'a swallowed %s is given up in time, and by name',
  async (request, ask) => {
    const { network, sink } = swallowed(100);
    network.swallowFrom(request);
    await expect(ask(sink)).rejects.toMatchObject({
      code: 'SLUICE_SINK_UNAVAILABLE',
      message: expect.stringContaining('"search" did not answer within 0.1 s'),
    });
  },
);

test('after a request that was not answered the next ones are given up soon, until one is answered', async () => {
  const { network, sink } = swallowed(1_000);
  network.swallowFrom('records.list');
  await expect(sink.records?.list()).rejects.toThrow('within 1.0 s');
  for (const ask of [() => sink.ensureIndex(generation), () => sink.generations?.exists(generation)]) {
    await expect(ask()).rejects.toThrow('within 0.3 s');
  }
  network.answer();
  expect(await sink.records?.list()).toEqual([]);
  network.swallowFrom('records.list');
  await expect(sink.records?.list()).rejects.toThrow('within 1.0 s');
});
