import { spawn } from 'node:child_process';
import { PassThrough, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type Document, type Generation, isSluiceError } from '@sluice/core';
import { expect, test } from 'vitest';
import { documentLine } from './document-line.ts';
import { createStdoutSink } from './stdout-sink.ts';

const generation: Generation = {
  index: 'users',
  hash: '0123456789abcdef',
  number: 1,
  schema: {
    index: 'users',
    table: { schema: 'public', name: 'users' },
    primaryKey: null,
    docId: null,
    routing: null,
    softDelete: null,
    filters: [],
    fields: [],
    settings: {},
    at: [],
  },
};

function document(id: string, body: string | null, more: Partial<Document> = {}): Document {
  return { key: [id], id, routing: null, version: 7n, body, ...more };
}

const signal = new AbortController().signal;

test('a body passes through with all its digits', () => {
  const body = '{"price":12345678901234567890.123456789,"note":"a\\nb"}';
  expect(documentLine('users', 0, document('1', body))).toBe(
    `{"index":"users","id":"1","version":7,"op":"index","document":${body}}\n`,
  );
});

test('newlines between the tokens of a json column become spaces', () => {
  const line = documentLine('users', 0, document('1', '{"a":{\r\n "b": [\n1]}}'));
  expect(line.indexOf('\n')).toBe(line.length - 1);
  expect(JSON.parse(line)).toMatchObject({ document: { a: { b: [1] } } });
});

test('a delete, its routing and the epoch are told', () => {
  const line = documentLine('users', 1, document('a"b', null, { routing: 'ro\nute' }));
  expect(line).toBe(
    `{"index":"users","id":"a\\"b","routing":"ro\\nute","version":${2n ** 48n + 7n},"op":"delete"}\n`,
  );
});

test('write resolves only when the stream has flushed every line, in order', async () => {
  const flushed: string[] = [];
  const slow = new Writable({
    decodeStrings: false,
    highWaterMark: 1,
    write(chunk: string, _encoding, done) {
      setImmediate(() => {
        flushed.push(chunk);
        done();
      });
    },
  });
  const sink = createStdoutSink(slow);
  const big = 'x'.repeat(100_000);
  const documents = Array.from({ length: 10 }, (_, n) => document(String(n), `{"a":"${big}"}`));

  const report = await sink.write({ generation, epoch: 0, documents, signal });

  expect(report).toEqual({ accepted: 10, conflicts: 0, highestHeld: null, rejected: [] });
  const ids = flushed
    .join('')
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line).id);
  expect(ids).toEqual(documents.map(({ id }) => id));
  await sink.close();
});

test('a reader that went away is refused with one clear line, now and later', async () => {
  const head = spawn('head', ['-n', '1'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const sink = createStdoutSink(head.stdin);
  const written = text(head.stdout);
  const documents = [document('1', '{"a":1}')];
  await sink.write({ generation, epoch: 0, documents, signal });
  await new Promise((resolve) => head.once('exit', resolve));

  const late = sink.write({ generation, epoch: 0, documents, signal });
  await expect(late).rejects.toSatisfy((error) => isSluiceError(error, 'SLUICE_SINK_REFUSED'));
  const later = sink.write({ generation, epoch: 0, documents, signal });
  await expect(later).rejects.toThrow('The reader of standard output closed it');

  expect(await written).toContain('"id":"1"');
  await sink.close();
});

test('an aborted write stops and says so', async () => {
  const sink = createStdoutSink(new PassThrough());
  const aborted = AbortSignal.abort(new Error('the run ends'));
  const write = sink.write({ generation, epoch: 0, documents: [document('1', '{}')], signal: aborted });
  await expect(write).rejects.toThrow('the run ends');
  await sink.close();
});
