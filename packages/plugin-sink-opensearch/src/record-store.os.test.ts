import type { RecordStore, StoredRecord } from '@sluice/core';
import { afterAll, expect, test } from 'vitest';
import { createSearch } from '../../../test/support/opensearch.ts';
import { openSink } from '../test/fixture.ts';

const search = createSearch();
const sink = openSink(search.url, search.prefix);
const store = recordsOf(sink);

afterAll(async () => {
  await sink.close();
  await search.drop();
});

function recordsOf({ records }: { readonly records?: RecordStore }): RecordStore {
  if (records === undefined) throw new Error('the sink has records');
  return records;
}

async function stored(id: string): Promise<StoredRecord | undefined> {
  return (await store.list()).find((record) => record.id === id);
}

test('a deployment without records has none', async () => {
  expect(await store.list()).toEqual([]);
  expect(await store.read?.(['control/users', 'users_0_1'])).toEqual([]);
});

test('a record comes back as it was put, whatever JSON it is', async () => {
  const values = [
    { nested: { 'a.b': [1, 'x', null], '': { __: 1 } }, constructor: { prototype: 1 } },
    ['list', [1]],
    'text',
    1.5,
    true,
    null,
  ];
  for (const [n, value] of values.entries()) await store.put(`json/${n} ü"`, value, null);
  for (const [n, value] of values.entries()) expect((await stored(`json/${n} ü"`))?.value).toEqual(value);
});

test('what was put is listed at once, with the revision that put gave', async () => {
  const revision = await store.put('fresh', { n: 1 }, null);
  expect(await stored('fresh')).toEqual({ id: 'fresh', value: { n: 1 }, revision });
});

test('a record changes only from the revision that was read', async () => {
  const first = await store.put('cas', { n: 1 }, null);
  expect(await store.put('cas', { n: 9 }, null)).toBeNull();
  const second = await store.put('cas', { n: 2 }, first);
  expect(second).not.toBeNull();
  expect(await store.put('cas', { n: 9 }, first)).toBeNull();
  expect(await stored('cas')).toEqual({ id: 'cas', value: { n: 2 }, revision: second });
});

test('of many who change a record at the same time one wins', async () => {
  const revision = await store.put('race', 0, null);
  const results = await Promise.all(Array.from({ length: 8 }, (_, n) => store.put('race', n + 1, revision)));
  const winners = results.filter((result) => result !== null);
  expect(winners).toHaveLength(1);
  expect((await stored('race'))?.revision).toBe(winners[0]);
});

test('a record is removed only from the revision that was read, and can be put again', async () => {
  const first = (await store.put('removed', 1, null)) ?? '';
  const second = (await store.put('removed', 2, first)) ?? '';
  expect(await store.remove('removed', first)).toBe(false);
  expect(await store.remove('removed', second)).toBe(true);
  expect(await store.remove('removed', second)).toBe(false);
  expect(await stored('removed')).toBeUndefined();
  expect(await store.put('removed', 3, second)).toBeNull();
  expect(await store.put('removed', 3, null)).not.toBeNull();
});

test('more records than a page are all listed', async () => {
  const other = openSink(search.url, `${search.prefix}many-`);
  const many = recordsOf(other);
  const ids = Array.from({ length: 1203 }, (_, n) => `record-${n}`);
  for (let n = 0; n < ids.length; n += 50) {
    await Promise.all(ids.slice(n, n + 50).map((id) => many.put(id, { id }, null)));
  }
  expect((await many.list()).map(({ id }) => id).sort()).toEqual([...ids].sort());
  await other.close();
});

test('the index of records is hidden', async () => {
  await store.put('hidden', 1, null);
  const index = `${search.prefix}.sluice`;
  const { body } = await search.client.indices.getSettings({ index, flat_settings: true });
  expect(body[index]?.settings).toMatchObject({ 'index.hidden': 'true', 'index.number_of_shards': '1' });
});
