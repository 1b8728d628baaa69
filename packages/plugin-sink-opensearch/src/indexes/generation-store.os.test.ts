import type { Generation, GenerationStore } from '@sluice/core';
import { afterAll, expect, test } from 'vitest';
import { createSearch } from '../../../../test/support/opensearch.ts';
import { document, generation, openSink, scalar, schema, write } from '../../test/fixture.ts';

const search = createSearch();
const sink = openSink(search.url, search.prefix, { number_of_replicas: 0, refresh_interval: '7s' });
const { generations } = sink;
if (generations === undefined) throw new Error('the sink has generations');
const store: GenerationStore = generations;

afterAll(async () => {
  await sink.close();
  await search.drop();
});

function of(index: string, number: number): Generation {
  return generation([scalar('n', 'integer')], { index, number });
}

function physical({ index, hash, number }: Generation): string {
  return `${search.prefix}${index}_${hash}_${number}`;
}

async function settings(of: Generation): Promise<Record<string, unknown>> {
  const index = physical(of);
  const { body } = await search.client.indices.getSettings({ index, flat_settings: true });
  return { ...body[index]?.settings };
}

async function search1(alias: string): Promise<number> {
  const answer = await fetch(`${search.url}/${search.prefix}${alias}/_count`);
  if (!answer.ok) throw new Error(await answer.text());
  const { count }: { count: number } = JSON.parse(await answer.text());
  return count;
}

test('ensureIndex makes the index once, also when two processes begin together', async () => {
  const users = of('users', 1);
  expect(await store.exists(users)).toBe(false);
  const other = openSink(search.url, search.prefix, { number_of_replicas: 0, refresh_interval: '7s' });
  await Promise.all([sink.ensureIndex(users), other.ensureIndex(users), sink.ensureIndex(users)]);
  await other.close();
  expect(await store.exists(users)).toBe(true);
  expect(await settings(users)).toMatchObject({
    'index.gc_deletes': '1h',
    'index.number_of_replicas': '0',
    'index.refresh_interval': '7s',
  });
  expect(await store.promoted('users')).toBeNull();
});

test('a changed dynamic setting is applied to the living index', async () => {
  const users = of('dynamic', 1);
  await sink.ensureIndex(users);
  const changed = openSink(search.url, search.prefix, {
    refresh_interval: '3s',
    settings: { index: { max_result_window: 20_000 } },
  });
  await changed.ensureIndex(users);
  expect(await settings(users)).toMatchObject({
    'index.refresh_interval': '3s',
    'index.max_result_window': '20000',
    'index.number_of_replicas': '0',
  });
  await changed.close();
});

test('a setting that only a new index takes is refused with what to do', async () => {
  const users = of('static', 1);
  await sink.ensureIndex(users);
  const changed = openSink(search.url, search.prefix, { settings: { 'merge.policy': 'log_byte_size' } });
  const failed = changed.ensureIndex(users);
  await expect(failed).rejects.toMatchObject({
    code: 'SLUICE_SINK_REFUSED',
    hint: expect.stringContaining('sluice reindex'),
  });
  await changed.close();
});

test('a backfill runs without refresh and replicas; a restart in between changes nothing; its end restores both', async () => {
  const users = of('filled', 1);
  await sink.ensureIndex(users);
  await store.beginBackfill(users);
  await store.beginBackfill(users);
  await sink.ensureIndex(users);
  expect(await settings(users)).toMatchObject({
    'index.refresh_interval': '-1',
    'index.number_of_replicas': '0',
  });
  await write(sink, users, [document('1', 1n, '{"n":1}')]);
  await store.promote(users);
  expect(await search1('filled')).toBe(0);

  await store.endBackfill(users);
  expect(await search1('filled')).toBe(1);
  expect(await settings(users)).toMatchObject({
    'index.refresh_interval': '7s',
    'index.number_of_replicas': '0',
  });
});

test("what nobody configured is the cluster's default again after a backfill", async () => {
  const plain = openSink(search.url, search.prefix);
  const users = of('plain', 1);
  await plain.ensureIndex(users);
  const before = await settings(users);
  await plain.generations?.beginBackfill(users);
  await plain.generations?.endBackfill(users);
  expect(await settings(users)).toEqual(before);
  await plain.close();
});

test('a reader never meets a gap while the alias moves back and forth', async () => {
  const [first, second] = [of('moving', 1), of('moving', 2)];
  for (const one of [first, second]) {
    await sink.ensureIndex(one);
    await write(sink, one, [document('1', 1n, '{"n":1}')]);
    await store.endBackfill(one);
  }
  await store.promote(first);

  let reading = true;
  const reader = (async () => {
    const counts = new Set<number>();
    while (reading) counts.add(await search1('moving'));
    return counts;
  })();
  for (let round = 0; round < 10; round++) {
    await store.promote(round % 2 === 0 ? second : first);
    expect(await store.promoted('moving')).toEqual({ hash: first.hash, number: round % 2 === 0 ? 2 : 1 });
  }
  reading = false;
  expect(await reader).toEqual(new Set([1]));
});

test('the promoted generation is not dropped; another is, and twice does no harm', async () => {
  const [first, second] = [of('dropped', 1), of('dropped', 2)];
  await sink.ensureIndex(first);
  await sink.ensureIndex(second);
  await store.promote(second);
  await store.promote(second);

  await expect(store.drop(second)).rejects.toMatchObject({ code: 'SLUICE_SINK_REFUSED' });
  await store.drop(first);
  await store.drop(first);
  expect([await store.exists(first), await store.exists(second)]).toEqual([false, true]);
});

test("a name that someone else's index has is refused before anything is filled", async () => {
  await search.client.indices.create({ index: `${search.prefix}taken` });
  await expect(sink.ensureIndex(of('taken', 1))).rejects.toMatchObject({
    code: 'SLUICE_SINK_REFUSED',
    message: expect.stringContaining(`There is an index named ${search.prefix}taken`),
  });
  expect(await store.exists(of('taken', 1))).toBe(false);
});

test("an alias that leads to someone else's index is refused and left alone", async () => {
  await search.client.indices.create({ index: `${search.prefix}theirs` });
  await search.client.indices.putAlias({ index: `${search.prefix}theirs`, name: `${search.prefix}shared` });
  const users = of('shared', 1);
  await expect(sink.ensureIndex(users)).rejects.toMatchObject({ code: 'SLUICE_SINK_REFUSED' });
  await expect(store.promote(users)).rejects.toMatchObject({ code: 'SLUICE_SINK_REFUSED' });
  await expect(store.promoted('shared')).rejects.toMatchObject({ code: 'SLUICE_SINK_REFUSED' });
});

test('a name that OpenSearch does not take is refused with its reason', async () => {
  await expect(sink.ensureIndex(of('Users', 1))).rejects.toMatchObject({
    code: 'SLUICE_SINK_REFUSED',
    message: expect.stringContaining('must be lowercase'),
  });
});

test('index settings of the schema win, and one that gives up durability is refused', async () => {
  const fast: Generation = {
    ...of('settings', 1),
    schema: schema([], { index: 'settings', settings: { refresh_interval: '99s' } }),
  };
  await sink.ensureIndex(fast);
  expect(await settings(fast)).toMatchObject({ 'index.refresh_interval': '99s' });

  const lossy: Generation = {
    ...of('lossy', 1),
    schema: schema([], { index: 'lossy', settings: { translog: { durability: 'async' } } }),
  };
  await expect(sink.ensureIndex(lossy)).rejects.toMatchObject({ code: 'SLUICE_SINK_REFUSED' });
});

test('the write alias comes back when someone removed it', async () => {
  const users = of('alias', 1);
  await sink.ensureIndex(users);
  await search.client.indices.deleteAlias({ index: physical(users), name: `${physical(users)}_WRITE` });
  const lost = write(sink, users, [document('1', 1n, '{"n":1}')]);
  await expect(lost).rejects.toMatchObject({ code: 'SLUICE_SINK_INDEX_GONE' });
  await sink.ensureIndex(users);
  expect(await write(sink, users, [document('1', 1n, '{"n":1}')])).toMatchObject({ accepted: 1 });
});
