import { encodeVersion, type HeldDocument, type SinkReader } from '@sluice/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSearch } from '../../../test/support/opensearch.ts';
import { document, generation, many, openSink, scalar, write } from '../test/fixture.ts';

const search = createSearch();
const sink = openSink(search.url, search.prefix, { number_of_shards: 3, refresh_interval: '-1' });
const users = generation([scalar('n', 'integer'), many('orders', 'nested', [scalar('id', 'long')])]);
const total = 25_000;
/** Beyond 2^53, where a number would lose its last digits. */
const epoch = 33;

function reader(): SinkReader {
  if (sink.reader === undefined) throw new Error('the sink has a reader');
  return sink.reader;
}

beforeAll(async () => {
  await sink.ensureIndex(users);
  const documents = Array.from({ length: total }, (_, n) =>
    document(`id-${n}`, BigInt(n), '{"n":1,"orders":[{"id":1},{"id":2}]}', n % 2 === 0 ? `route ${n}` : null),
  );
  await write(sink, users, documents, { epoch });
});

afterAll(async () => {
  await sink.close();
  await search.drop();
});

/** Scrolls that are open on the indexes of this file. */
async function openScrolls(): Promise<number> {
  const { body } = await search.client.transport.request({
    method: 'GET',
    path: `/${search.prefix}*/_stats/search`,
  });
  return body._all.total.search.scroll_current;
}

test('every document is listed once, with routing and exact version, in pages of the asked size', async () => {
  const held = new Map<string, HeldDocument>();
  const sizes: number[] = [];
  for await (const page of reader().list(users, 4000)) {
    sizes.push(page.length);
    for (const one of page) held.set(one.id, one);
  }
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(total);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(4000);
  expect(held.size).toBe(total);
  for (let n = 0; n < total; n++) {
    expect(held.get(`id-${n}`)).toEqual({
      id: `id-${n}`,
      routing: n % 2 === 0 ? `route ${n}` : null,
      version: encodeVersion(epoch, BigInt(n)),
    });
  }
});

test('what is written just before the listing is in it, what is deleted is not', async () => {
  await write(sink, users, [document('late', 1n, '{"n":1}'), document('id-1', 99_999n, null)], { epoch });
  const ids = new Set<string>();
  for await (const page of reader().list(users, 10_000)) for (const { id } of page) ids.add(id);
  expect([ids.has('late'), ids.has('id-1'), ids.size]).toEqual([true, false, total]);
});

test('a listing that is left early leaves nothing open', async () => {
  for await (const page of reader().list(users, 10)) {
    expect(page).toHaveLength(10);
    expect(await openScrolls()).toBeGreaterThan(0);
    break;
  }
  expect(await openScrolls()).toBe(0);
});

test('an id that looks like a version is read as it is', async () => {
  const odd = generation([scalar('n', 'integer')], { index: 'odd' });
  await sink.ensureIndex(odd);
  const id = 'x","_version":1234567890123456789,"y';
  await write(sink, odd, [document(id, 5n, '{}')], { epoch });
  const pages: HeldDocument[] = [];
  for await (const page of reader().list(odd, 10)) pages.push(...page);
  expect(pages).toEqual([{ id, routing: null, version: encodeVersion(epoch, 5n) }]);
});

test('a document is at the routing that it was written with, and at no other of its shard', async () => {
  const one = openSink(search.url, search.prefix, { number_of_shards: 1 });
  const moved = generation([scalar('n', 'integer')], { index: 'moved' });
  await one.ensureIndex(moved);
  await write(one, moved, [
    document('a', 5n, '{"n":1}', 'here'),
    document('b', 5n, '{"n":2}'),
    document('c', 5n, '{"n":3}', 'quoted " and \\ and é'),
  ]);
  const places = [
    ['a', 'here'],
    ['a', 'there'],
    ['a', null],
    ['b', null],
    ['b', 'here'],
    ['c', 'quoted " and \\ and é'],
  ] as const;
  const asked = places.map(([id, routing]) => ({ id, routing }));
  const held = await one.reader?.read?.(moved, asked);
  expect(held?.map((each) => each?.body ?? null)).toEqual([
    '{"n":1}',
    null,
    null,
    '{"n":2}',
    null,
    '{"n":3}',
  ]);
  await one.close();
});

test('a generation that is not there is said to be gone', async () => {
  const missing = generation([], { index: 'missing' });
  await expect(reader().list(missing, 10)[Symbol.asyncIterator]().next()).rejects.toMatchObject({
    code: 'SLUICE_SINK_INDEX_GONE',
  });
});
