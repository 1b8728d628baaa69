import { encodeVersion, isSluiceError } from '@sluice/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSearch } from '../../../../test/support/opensearch.ts';
import { document, generation, openSink, scalar, write } from '../../test/fixture.ts';

const search = createSearch();
const sink = openSink(search.url, search.prefix);
const users = generation([scalar('n', 'integer'), scalar('data', 'json')]);
const physical = `${search.prefix}users_${users.hash}_1`;

beforeAll(() => sink.ensureIndex(users));
afterAll(async () => {
  await sink.close();
  await search.drop();
});

async function held(id: string, routing?: string): Promise<unknown> {
  const { body } = await search.client.get(
    { index: physical, id, ...(routing !== undefined && { routing }) },
    { ignore: [404] },
  );
  return body.found === true ? body._source : null;
}

test('an older version is left out and the held one is named; an equal one is accepted', async () => {
  expect(await write(sink, users, [document('v', 5n, '{"n":5}')])).toMatchObject({
    accepted: 1,
    conflicts: 0,
  });
  expect(await write(sink, users, [document('v', 4n, '{"n":4}'), document('w', 1n, '{"n":1}')])).toEqual({
    accepted: 1,
    conflicts: 1,
    highestHeld: 5n,
    rejected: [],
  });
  expect(await write(sink, users, [document('v', 5n, '{"n":55}')])).toMatchObject({
    accepted: 1,
    conflicts: 0,
  });
  expect(await held('v')).toEqual({ n: 55 });
});

test('a raised epoch is above every version before it, and named exactly beyond 2^53', async () => {
  await write(sink, users, [document('e', 900n, '{"n":1}')], { epoch: 40 });
  const report = await write(sink, users, [document('e', 901n, '{"n":2}')], { epoch: 39 });
  expect(report).toMatchObject({ accepted: 0, conflicts: 1, highestHeld: encodeVersion(40, 900n) });
});

test('a delete, also of what was never there, keeps an older document out', async () => {
  expect(await write(sink, users, [document('gone', 9n, null)])).toMatchObject({ accepted: 1, rejected: [] });
  expect(await write(sink, users, [document('gone', 8n, '{"n":8}')])).toMatchObject({
    accepted: 0,
    conflicts: 1,
    highestHeld: 9n,
  });
  expect(await held('gone')).toBeNull();
});

test('a document that the mapping refuses is rejected for good, with the reason; the others are accepted', async () => {
  const documents = [
    document('1', 1n, '{"n":1}'),
    document('2', 1n, '{"n":"two"}'),
    document('3', 1n, '{"z":1}'),
  ];
  const { accepted, rejected } = await write(sink, users, documents);
  expect(accepted).toBe(1);
  expect(rejected.map(({ document: { id }, retryable }) => [id, retryable])).toEqual([
    ['2', false],
    ['3', false],
  ]);
  expect(rejected[0]?.reason).toContain('number_format_exception');
  expect(rejected[1]?.reason).toContain('strict_dynamic_mapping_exception');
});

test('an id that OpenSearch cannot hold is rejected alone', async () => {
  const documents = [
    document('', 1n, '{"n":1}'),
    document('é'.repeat(300), 1n, '{}'),
    document('fine', 1n, '{}'),
  ];
  const { accepted, rejected } = await write(sink, users, documents);
  expect(accepted).toBe(1);
  expect(rejected.map(({ reason, retryable }) => [reason, retryable])).toEqual([
    ['the id is empty', false],
    ['the id is longer than 512 bytes', false],
  ]);
});

test('ids and routings keep every character, and the routing leads to the document', async () => {
  const id = 'a"b\\c\n\u2028/ü😀';
  await write(sink, users, [document(id, 1n, '{"n":1}', 'r "1"\n')]);
  expect(await held(id, 'r "1"\n')).toEqual({ n: 1 });
});

test('line breaks of a json column do not break the bulk, and digits are kept', async () => {
  const body = '{"data":{\r\n  "text": "a\\nb",\n  "big": 12345678901234567890.5\n}}';
  expect(await write(sink, users, [document('nl', 1n, body)])).toMatchObject({ accepted: 1, rejected: [] });
  const answer = await fetch(`${search.url}/${physical}/_source/nl`);
  const text = await answer.text();
  expect(text).toContain('12345678901234567890.5');
  expect(JSON.parse(text)).toMatchObject({ data: { text: 'a\nb' } });
});

test('large documents go in bulks of their own', async () => {
  const small = openSink(search.url, search.prefix, { batch_bytes: '64KiB', batch_size: 10 });
  const text = 'x '.repeat(100_000);
  const documents = Array.from({ length: 55 }, (_, n) =>
    document(`big-${n}`, 1n, n % 11 === 0 ? `{"data":{"t":"${text}"}}` : `{"n":${n}}`),
  );
  expect(await write(small, users, documents)).toMatchObject({ accepted: 55, rejected: [] });
  expect(await held('big-11')).toEqual({ data: { t: text } });
  await small.close();
});

test('a document above what a node takes in one request is rejected, the others are accepted', async () => {
  const { body } = await search.client.transport.request({ method: 'GET', path: '/_nodes/http' });
  const [node] = Object.values<{ http: { max_content_length_in_bytes: number } }>(body.nodes);
  const limit = node?.http.max_content_length_in_bytes ?? 0;
  const documents = [
    document('fits', 1n, '{"n":1}'),
    document('huge', 1n, `{"data":{"t":"${'x'.repeat(limit)}"}}`),
    document('fits too', 1n, '{"n":2}'),
  ];
  const { accepted, rejected } = await write(sink, users, documents);
  expect(accepted).toBe(2);
  expect(rejected.map(({ document: { id }, reason, retryable }) => [id, reason, retryable])).toEqual([
    ['huge', 'the document is larger than the cluster takes (HTTP 413)', false],
  ]);
});

test('an index that someone removed is an error, for deletes too, and is not made up', async () => {
  const gone = generation([scalar('n', 'integer')], { index: 'gone' });
  await sink.ensureIndex(gone);
  await search.client.indices.delete({ index: `${search.prefix}gone_${gone.hash}_1` });

  for (const body of ['{"n":1}', null]) {
    const failed = write(sink, gone, [document('1', 1n, body)]);
    await expect(failed).rejects.toSatisfy((error) => isSluiceError(error, 'SLUICE_SINK_INDEX_GONE'));
  }
  const { body } = await search.client.indices.exists({
    index: `${search.prefix}gone*`,
    expand_wildcards: 'all',
    allow_no_indices: false,
  });
  expect(body).toBe(false);
});

test('a blocked index is busy, not a reason to give up documents', async () => {
  const blocked = generation([scalar('n', 'integer')], { index: 'blocked' });
  const index = `${search.prefix}blocked_${blocked.hash}_1`;
  await sink.ensureIndex(blocked);
  await search.client.indices.putSettings({ index, body: { 'index.blocks.write': true } });
  const { rejected } = await write(sink, blocked, [document('1', 1n, '{"n":1}')]);
  expect(rejected).toMatchObject([
    { retryable: true, reason: expect.stringContaining('cluster_block_exception') },
  ]);

  await search.client.indices.putSettings({ index, body: { 'index.blocks.write': null } });
  expect(await write(sink, blocked, [document('1', 1n, '{"n":1}')])).toMatchObject({ accepted: 1 });
});

test('documents pass the configured pipeline', async () => {
  const pipeline = `${search.prefix}pipeline`;
  const missing = openSink(search.url, search.prefix, { pipeline });
  const { rejected } = await write(missing, users, [document('p', 1n, '{"n":1}')]);
  expect(rejected).toMatchObject([{ reason: expect.stringContaining(pipeline) }]);
  await missing.close();
});

test('gzip changes nothing but the wire', async () => {
  const zipped = openSink(search.url, search.prefix, { gzip: true });
  await zipped.ensureIndex(users);
  const documents = Array.from({ length: 2500 }, (_, n) => document(`zip-${n}`, 3n, `{"n":${n}}`));
  expect(await write(zipped, users, documents)).toMatchObject({ accepted: 2500 });
  expect(
    await write(
      zipped,
      users,
      documents.map((one) => ({ ...one, version: 2n })),
    ),
  ).toMatchObject({
    conflicts: 2500,
    highestHeld: 3n,
  });
  await zipped.close();
});

test('an aborted write ends with its reason', async () => {
  const aborted = AbortSignal.abort(new Error('the run ends'));
  const failed = write(sink, users, [document('1', 1n, '{}')], { signal: aborted });
  await expect(failed).rejects.toThrow('the run ends');
});
