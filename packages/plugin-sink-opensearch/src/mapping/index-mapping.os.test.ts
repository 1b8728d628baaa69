import type { Field, JsonObject } from '@sluice/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSearch } from '../../../../test/support/opensearch.ts';
import { document, generation, many, openSink, scalar, write } from '../../test/fixture.ts';

const search = createSearch();
const sink = openSink(search.url, search.prefix);
const map: Field = {
  kind: 'map',
  name: 'labels',
  column: 'labels',
  values: 'keyword',
  required: false,
  options: {},
  at: [],
};
const things = generation([
  scalar('bio', 'text'),
  scalar('sku', 'identifier'),
  scalar('mail', 'keyword'),
  scalar('level', 'enum', { variants: ['low', 'high', 'a => b \\ c', ' padded '] }),
  scalar('anything', 'json'),
  map,
  many('orders', 'nested', [{ ...map, name: 'tags', values: 'long' }, scalar('sku', 'identifier')]),
  { kind: 'constant', name: 'nothing', value: null, options: {}, at: [] },
  { kind: 'constant', name: 'list', value: [{ a: 1 }, { a: 2.5, b: [['x']] }], options: {}, at: [] },
]);
const physical = `${search.prefix}users_${things.hash}_1`;

beforeAll(() => sink.ensureIndex(things));
afterAll(async () => {
  await sink.close();
  await search.drop();
});

async function index(id: string, body: JsonObject): Promise<void> {
  const { rejected } = await write(sink, things, [document(id, 1n, JSON.stringify(body))]);
  expect(rejected).toEqual([]);
}

async function found(query: JsonObject, sort: readonly JsonObject[] = []): Promise<string[]> {
  await search.client.indices.refresh({ index: physical });
  const { body } = await search.client.transport.request({
    method: 'GET',
    path: `/${physical}/_search`,
    body: { query, sort, size: 100 },
  });
  return body.hits.hits.map((hit: { _id: string }) => hit._id);
}

test.each(['C-01234', 'c01234', 'C01234', '01234', 'c-01234', 'c 01234'])(
  'the identifier C-01234 is found by %s',
  async (query) => {
    await index('sku-1', { sku: 'C-01234' });
    await index('sku-2', { sku: 'C-99999' });
    expect(await found({ match: { sku: { query, operator: 'and' } } })).toEqual(['sku-1']);
    expect((await found({ match: { sku: query } }))[0]).toBe('sku-1');
  },
);

test('an identifier is found by its camelCase parts, and exactly', async () => {
  await index('camel', { sku: 'fooBar_Baz42' });
  for (const query of ['bar', 'baz', '42', 'foobarbaz42', 'fooBar_Baz42', 'baz42']) {
    expect([query, await found({ match: { sku: { query, operator: 'and' } } })]).toEqual([query, ['camel']]);
  }
  expect(await found({ term: { 'sku.keyword': 'fooBar_Baz42' } })).toEqual(['camel']);
  expect(await found({ term: { 'sku.keyword_lowercase': 'FOOBAR_baz42' } })).toEqual(['camel']);
});

test('text is found without regard to case and accents', async () => {
  await index('text', { bio: 'Zoë reads Émile Zola' });
  expect(await found({ match: { bio: { query: 'zoe EMILE', operator: 'and' } } })).toEqual(['text']);
});

test('a keyword is exact, and its subfields are not', async () => {
  await index('kw', { mail: 'Ada@Example.org' });
  expect(await found({ term: { mail: 'ada@example.org' } })).toEqual([]);
  expect(await found({ term: { 'mail.keyword_lowercase': 'ada@example.ORG' } })).toEqual(['kw']);
  expect(await found({ match: { 'mail.text': 'example.org' } })).toEqual(['kw']);
});

test('an enum sorts by rank; other values come after, absent ones last', async () => {
  const values = ['zzz', 'high', ' padded ', 'low', 'slow\nlow', 'a => b \\ c', ''];
  for (const level of values) await index(`level-${level}`, { level, bio: 'ranked' });
  await index('level-none', { bio: 'ranked' });
  const sorted = await found({ match: { bio: 'ranked' } }, [{ 'level.sort': 'asc' }]);
  expect(sorted.map((id) => id.slice('level-'.length))).toEqual([
    'low',
    'high',
    'a => b \\ c',
    ' padded ',
    '',
    'slow\nlow',
    'zzz',
    'none',
  ]);
});

test('json takes what comes, and a text that looks like a date stays a text', async () => {
  await index('json-1', { anything: { at: '2024-01-01', deep: { list: [{ x: true }] } } });
  await index('json-2', { anything: { at: 'no date' } });
  expect(await found({ match: { 'anything.deep.list.x': true } })).toEqual(['json-1']);
});

test('map values are what the schema says, whatever JSON type they have, nested and with dotted keys', async () => {
  await index('map', { labels: { a: 'X y', b: 7, 'c.d': true, e: 1.5 }, orders: [{ tags: { n: 3 } }] });
  expect(await found({ term: { 'labels.a': 'X y' } })).toEqual(['map']);
  expect(await found({ term: { 'labels.b': '7' } })).toEqual(['map']);
  expect(await found({ term: { 'labels.c.d': 'true' } })).toEqual(['map']);
  expect(
    await found({ nested: { path: 'orders', query: { range: { 'orders.tags.n': { gt: 2 } } } } }),
  ).toEqual(['map']);
});

test('constants of every shape are accepted by the strict index', async () => {
  await index('constant', { nothing: null, list: [{ a: 1 }, { a: 2.5, b: [['x']] }] });
  expect(await found({ term: { 'list.b': 'x' } })).toEqual(['constant']);
});

test('sixty nested joins and two thousand fields raise the limits that they need', async () => {
  const wide = generation(
    [
      ...Array.from({ length: 60 }, (_, n) => many(`join${n}`, 'nested', [scalar('id', 'long')])),
      ...Array.from({ length: 2000 }, (_, n) => scalar(`field${n}`, 'long')),
    ],
    { index: 'wide' },
  );
  await sink.ensureIndex(wide);
  const report = await write(sink, wide, [document('1', 1n, '{"join59":[{"id":1}],"field1999":1}')]);
  expect(report).toMatchObject({ accepted: 1, rejected: [] });
});

test('icu without its plugin is refused with what to install', async () => {
  const icu = openSink(search.url, search.prefix, { text_analysis: 'icu' });
  const failed = icu.ensureIndex(generation([scalar('bio', 'text')], { index: 'icu' }));
  await expect(failed).rejects.toMatchObject({
    code: 'SLUICE_SINK_REFUSED',
    hint: expect.stringContaining('opensearch-plugin install analysis-icu'),
  });
  await icu.close();
});
