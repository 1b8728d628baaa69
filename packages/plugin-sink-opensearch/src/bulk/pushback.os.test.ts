import { isSluiceError } from '@sluice/core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createSearch } from '../../../../test/support/opensearch.ts';
import { document, generation, openSink, scalar, write } from '../../test/fixture.ts';
import { type Front, type FrontAnswer, idsOf, startFront } from '../../test/front.ts';

const search = createSearch();
const users = generation([scalar('n', 'integer')]);
const hundred = Array.from({ length: 100 }, (_, n) => document(`d${n}`, 1n, `{"n":${n}}`));
let front: Front;

beforeAll(async () => {
  const sink = openSink(search.url, search.prefix);
  await sink.ensureIndex(users);
  await sink.close();
});
beforeEach(async () => {
  front = await startFront(search.url);
});
afterEach(() => front[Symbol.asyncDispose]());
afterAll(() => search.drop());

async function withSink<T>(
  options: Record<string, unknown>,
  use: (sink: ReturnType<typeof openSink>) => Promise<T>,
) {
  const sink = openSink(front.url, search.prefix, options);
  try {
    return await use(sink);
  } finally {
    await sink.close();
  }
}

test('a refused bulk is sent again in halves after the time that the server asked for', async () => {
  const arrived: number[] = [];
  front.answer = (_request, n) => {
    arrived.push(performance.now());
    return n === 1 ? { status: 429, headers: { 'retry-after': '0.3' }, body: 'slow down' } : 'pass';
  };
  const report = await withSink({ batch_size: 100 }, (sink) => write(sink, users, hundred));
  expect(report).toMatchObject({ accepted: 100, rejected: [] });
  expect(front.bulks.map((bulk) => idsOf(bulk).length).slice(0, 2)).toEqual([100, 50]);
  expect((arrived[1] ?? 0) - (arrived[0] ?? 0)).toBeGreaterThanOrEqual(295);
});

test('the pace comes back, bulk by bulk', async () => {
  front.answer = (_request, n) => (n === 1 ? { status: 429, headers: { 'retry-after': '0' } } : 'pass');
  await withSink({ batch_size: 100, concurrency: 1 }, async (sink) => {
    for (let round = 0; round < 12; round++) await write(sink, users, hundred);
  });
  const sizes = front.bulks.map((bulk) => idsOf(bulk).length);
  expect(sizes[1]).toBe(50);
  expect(sizes.at(-1)).toBe(100);
});

test('a bulk that is too large is cut until it fits, and one document that never does is rejected', async () => {
  front.answer = ({ body }) =>
    body.length > 1000 ? { status: 413, body: '<html>too large</html>' } : 'pass';
  const documents = [...hundred, document('huge', 1n, `{"n":1${' '.repeat(2000)}}`)];
  const { accepted, rejected } = await withSink({}, (sink) => write(sink, users, documents));
  expect(accepted).toBe(100);
  expect(rejected).toMatchObject([{ document: { id: 'huge' }, retryable: false }]);
  expect(rejected[0]?.reason).toContain('larger than the cluster takes');
});

test('a request that cannot be read is cut down to the document that spoils it', async () => {
  front.answer = (bulk) => {
    const error = { type: 'action_request_validation_exception', reason: 'bad' };
    if (!idsOf(bulk).includes('d77')) return 'pass';
    return {
      status: 400,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ error, status: 400 }),
    };
  };
  const { accepted, rejected } = await withSink({}, (sink) => write(sink, users, hundred));
  expect(accepted).toBe(99);
  expect(rejected).toMatchObject([
    { document: { id: 'd77' }, reason: 'action_request_validation_exception: bad', retryable: false },
  ]);
});

test.each<[string, FrontAnswer]>([
  ['the answer is lost', 'drop'],
  ['the balancer has no server', { status: 502, body: 'bad gateway' }],
  ['the server is restarting', { status: 503, headers: { 'retry-after': '0' } }],
  ['the balancer timed out', { status: 504 }],
  ['a proxy answers for it', { status: 200, body: '<html>log in</html>' }],
])('no document is sent a second time when %s', async (_what, answer) => {
  front.answer = (_request, n) => (n === 1 ? answer : 'pass');
  await withSink({ batch_size: 10, concurrency: 1 }, async (sink) => {
    const failed = write(sink, users, hundred.slice(0, 30));
    await expect(failed).rejects.toSatisfy((error) => isSluiceError(error, 'SLUICE_SINK_UNAVAILABLE'));
  });
  const sent = front.bulks.flatMap(idsOf);
  expect(sent).toEqual([...new Set(sent)]);
  expect(front.bulks).toHaveLength(1);
});

test('bulks that are on their way are awaited before the write fails', async () => {
  let answered = 0;
  front.answer = async (_request, n): Promise<FrontAnswer> => {
    if (n === 1) return { status: 503 };
    await new Promise((resolve) => setTimeout(resolve, 200));
    answered++;
    return 'pass';
  };
  await withSink({ batch_size: 10, concurrency: 3 }, async (sink) => {
    await expect(write(sink, users, hundred)).rejects.toMatchObject({ code: 'SLUICE_SINK_UNAVAILABLE' });
  });
  expect([answered, front.bulks.length]).toEqual([2, 3]);
});

test('a sink that stays busy is given up for documents that are built anew', async () => {
  front.answer = () => ({ status: 429, headers: { 'retry-after': '3600' } });
  await withSink({}, async (sink) => {
    await expect(write(sink, users, hundred)).rejects.toMatchObject({
      code: 'SLUICE_SINK_UNAVAILABLE',
      message: expect.stringContaining('too busy'),
    });
  });
  expect(front.bulks).toHaveLength(1);
});

test('no more bulks are on their way than asked for, over all writes of the sink', async () => {
  let now = 0;
  let most = 0;
  front.answer = async (): Promise<FrontAnswer> => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, 20));
    now--;
    return 'pass';
  };
  await withSink({ batch_size: 10, concurrency: 3 }, async (sink) => {
    await Promise.all([
      write(sink, users, hundred),
      write(sink, users, hundred),
      write(sink, users, hundred),
    ]);
  });
  expect(most).toBe(3);
});

test('wrong credentials are refused in one clear line', async () => {
  front.answer = () => ({ status: 401, body: 'Unauthorized' });
  await withSink({ username: 'ada', password: 'secret' }, async (sink) => {
    const error = await write(sink, users, hundred).catch((failure: unknown) => failure);
    expect(error).toMatchObject({ code: 'SLUICE_SINK_REFUSED', hint: expect.stringContaining('password') });
    expect(JSON.stringify(error) + String(error)).not.toContain('secret');
  });
});

test('credentials of the URL are percent-decoded, sent, and shown nowhere', async () => {
  const url = front.url.replace('//', '//us%40er:p%2Fw%C3%A9@');
  const sink = openSink(url, search.prefix);
  await write(sink, users, hundred);
  expect(front.bulks[0]?.headers.authorization).toBe(`Basic ${Buffer.from('us@er:p/wé').toString('base64')}`);
  front.answer = () => ({ status: 403, body: '{}' });
  await expect(write(sink, users, hundred)).rejects.toMatchObject({
    message: expect.not.stringContaining('p/w'),
  });
  await sink.close();
});
