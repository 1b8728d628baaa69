import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PgoutputDecoder } from './decoder.ts';
import type { Relation } from './messages.ts';

const text = (value: string) => Buffer.concat([Buffer.from(value), Buffer.from([0])]);
const int16 = (value: number) => Buffer.from(Uint8Array.of(value >> 8, value & 255));
const int32 = (value: number) => {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value);
  return buffer;
};
const letter = (value: string) => Buffer.from(value, 'latin1');

function relationMessage(columns: readonly string[], identity = 'd'): Buffer {
  return Buffer.concat([
    letter('R'),
    int32(42),
    text('public'),
    text('items'),
    letter(identity),
    int16(columns.length),
    ...columns.map((name) => Buffer.concat([Buffer.from([1]), text(name), int32(25), int32(0xffffffff)])),
  ]);
}

type Value = string | null | undefined;
function tuple(values: readonly Value[]): Buffer {
  return Buffer.concat([
    int16(values.length),
    ...values.map((value) => {
      if (value === null) return letter('n');
      if (value === undefined) return letter('u');
      const bytes = Buffer.from(value);
      return Buffer.concat([letter('t'), int32(bytes.length), bytes]);
    }),
  ]);
}

const insert = (values: readonly Value[]) =>
  Buffer.concat([letter('I'), int32(42), letter('N'), tuple(values)]);
const update = (kind: 'K' | 'O', old: readonly Value[], now: readonly Value[]) =>
  Buffer.concat([letter('U'), int32(42), letter(kind), tuple(old), letter('N'), tuple(now)]);
const remove = (kind: 'K' | 'O', old: readonly Value[]) =>
  Buffer.concat([letter('D'), int32(42), letter(kind), tuple(old)]);

function decoderOf(columns: readonly string[], links: readonly string[], watched: readonly string[] = links) {
  const decoder = new PgoutputDecoder((relation: Relation) => ({
    links: relation.columns.map(({ name }) => links.includes(name)),
    watched: relation.columns.map(({ name }) => watched.includes(name)),
  }));
  decoder.decode(relationMessage(columns));
  return decoder;
}

const columns = ['id', 'body', 'ref'];

test('only the wanted columns are reported, NULL as null and unchanged TOAST as absent', () => {
  const decoder = decoderOf(columns, ['id', 'ref']);
  expect(decoder.decode(insert(['1', 'long', null]))).toMatchObject({
    operation: 'insert',
    after: { id: '1', ref: null },
  });
  const row = decoder.decode(
    Buffer.concat([letter('U'), int32(42), letter('N'), tuple(['1', undefined, undefined])]),
  );
  expect(row).toMatchObject({ operation: 'update', after: { id: '1' } });
  expect(row).not.toHaveProperty('before');
});

test('what the key part of an old row leaves out is absent, not NULL', () => {
  const decoder = decoderOf(columns, ['id', 'ref']);
  expect(decoder.decode(remove('K', ['1', null, null]))).toMatchObject({ before: { id: '1' } });
  const before = decoder.decode(remove('K', ['1', null, null]));
  expect(before.kind === 'row' && Object.keys(before.before ?? {})).toEqual(['id']);
  const full = decoder.decode(remove('O', ['1', null, null]));
  expect(full.kind === 'row' && full.before).toEqual({ id: '1', ref: null });
});

test('an unchanged TOASTed link takes the value of the old row', () => {
  const decoder = decoderOf(columns, ['id', 'ref'], ['id', 'ref', 'body']);
  expect(decoder.decode(update('O', ['1', 'a', 'r'], ['1', 'b', undefined]))).toMatchObject({
    after: { id: '1', ref: 'r' },
  });
  expect(decoder.decode(update('K', ['1', null, 'r'], ['2', 'b', undefined]))).toMatchObject({
    after: { id: '2', ref: 'r' },
  });
});

test('under FULL an update is nothing exactly when no watched column changed', () => {
  const value = fc.option(fc.string({ maxLength: 8 }), { nil: null });
  fc.assert(
    fc.property(fc.tuple(value, value, value), fc.tuple(value, value, value), (old, now) => {
      const decoded = decoderOf(columns, ['id'], ['id', 'ref']).decode(update('O', old, now));
      const same = old[0] === now[0] && old[2] === now[2];
      expect(decoded.kind).toBe(same ? 'nothing' : 'row');
    }),
  );
});

test('values survive as they are, whatever their characters', () => {
  fc.assert(
    fc.property(
      fc.array(fc.option(fc.string({ unit: 'binary' }), { nil: null }), { minLength: 3, maxLength: 3 }),
      (values) => {
        const decoded = decoderOf(columns, columns).decode(insert(values));
        const [id, body, ref] = values.map((value) =>
          value === null ? null : Buffer.from(value).toString(),
        );
        expect(decoded).toMatchObject({ after: { id, body, ref } });
      },
    ),
  );
});

test('nothing decoded shares memory with the message', () => {
  const decoder = decoderOf(columns, columns);
  const message = insert(['1', 'b', 'c']);
  const decoded = decoder.decode(message);
  message.fill(0);
  expect(decoded).toMatchObject({ after: { id: '1', body: 'b', ref: 'c' } });
});

test('a message that is cut short anywhere is a failure, never a throw and never a row', () => {
  const messages = [
    insert(['1', 'bb', null]),
    update('O', ['1', 'a', 'b'], ['2', 'c', 'd']),
    remove('K', ['1', null, null]),
  ];
  for (const message of messages) {
    for (let length = 0; length < message.length; length += 1) {
      expect(decoderOf(columns, columns).decode(message.subarray(0, length)).kind).toBe('failure');
    }
  }
  for (let length = 0; length < relationMessage(columns).length; length += 1) {
    expect(decoderOf(columns, columns).decode(relationMessage(columns).subarray(0, length)).kind).toBe(
      'failure',
    );
  }
});

test('random bytes, and valid messages with random bytes changed, neither throw nor hang', () => {
  const decoder = decoderOf(columns, columns);
  fc.assert(
    fc.property(
      fc.constantFrom('I', 'U', 'D', 'B', 'C', 'R', 'T', 'M', 'O', 'Y', 'X'),
      fc.uint8Array({ maxLength: 200 }),
      (kind, rest) => {
        expect(decoder.decode(Buffer.concat([letter(kind), Buffer.from(rest)]))).toHaveProperty('kind');
      },
    ),
    { numRuns: 2000 },
  );
  const valid = update('O', ['1', 'a', null], ['2', undefined, 'c']);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      (edits) => {
        const message = Buffer.from(valid);
        for (const [at, byte] of edits) message[at] = byte;
        expect(decoder.decode(message)).toHaveProperty('kind');
      },
    ),
    { numRuns: 2000 },
  );
});

test('a row of a relation that was never described, or with other columns than described, is a failure', () => {
  expect(new PgoutputDecoder(() => undefined).decode(insert(['1'])).kind).toBe('failure');
  expect(decoderOf(columns, columns).decode(insert(['1'])).kind).toBe('failure');
});
