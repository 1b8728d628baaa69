import { encodeVersion } from '@sluice/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { document } from '../../test/fixture.ts';
import { bulkBody, bulkBytes } from './bulk-body.ts';

const documents = fc.array(
  fc
    .tuple(
      fc.string({ unit: 'binary' }),
      fc.bigInt({ min: 0n, max: 2n ** 48n - 1n }),
      fc.json(),
      fc.option(fc.string({ unit: 'binary' })),
      fc.boolean(),
    )
    .map(([id, version, body, routing, gone]) => document(id, version, gone ? null : body, routing)),
  { maxLength: 20 },
);

test('every document is one action line, and a body line unless it is deleted', () => {
  fc.assert(
    fc.property(documents, fc.integer({ min: 0, max: 32_767 }), (batch, epoch) => {
      const text = bulkBody(batch, { from: 0, to: batch.length }, epoch).toString();
      const lines = text === '' ? [] : text.slice(0, -1).split('\n');
      for (const { id, routing, version, body } of batch) {
        const head = lines.shift() ?? '';
        const operation = body === null ? 'delete' : 'index';
        const action = JSON.parse(head)[operation];
        expect(action._id).toBe(id);
        expect(action.routing ?? null).toBe(routing);
        expect(action.version_type).toBe('external_gte');
        expect(head).toContain(`"version":${encodeVersion(epoch, version)},`);
        if (body !== null) expect(JSON.parse(lines.shift() ?? '')).toEqual(JSON.parse(body));
      }
      expect(lines).toEqual([]);
    }),
  );
});

test('only the asked part is in it', () => {
  const batch = ['a', 'b', 'c'].map((id) => document(id, 1n, null));
  expect(bulkBody(batch, { from: 1, to: 2 }, 0).toString()).toBe(
    '{"delete":{"_id":"b","version":1,"version_type":"external_gte"}}\n',
  );
});

test('line breaks between tokens become spaces, escaped ones stay', () => {
  const text = bulkBody([document('1', 1n, '{"a":\n"x\\ny",\r\n"b":1}')], { from: 0, to: 1 }, 0).toString();
  expect(text.split('\n')).toHaveLength(3);
  expect(text).toContain('{"a": "x\\ny",\r "b":1}');
});

test('the size of a document is never below its bytes', () => {
  fc.assert(
    fc.property(documents, (batch) => {
      const bytes = batch.reduce((sum, one) => sum + bulkBytes(one), 0);
      const { length } = bulkBody(batch, { from: 0, to: batch.length }, 32_767);
      expect(bytes).toBeGreaterThanOrEqual(length);
    }),
  );
  const worst = document('\u0001'.repeat(80), 2n ** 48n - 1n, '{"a":"ü€😀"}', '\ud800'.repeat(50));
  expect(bulkBytes(worst)).toBeGreaterThanOrEqual(bulkBody([worst], { from: 0, to: 1 }, 32_767).length);
});
