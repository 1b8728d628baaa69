import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeId, encodeId } from './document-id.ts';

const part = fc
  .oneof(fc.string(), fc.stringMatching(/^[|\\ab]{0,6}$/))
  .filter((text) => !text.includes('\0'));

describe('the id of a document', () => {
  it('is the text itself for one column', () => {
    expect(encodeId(['a|b\\c'])).toBe('a|b\\c');
    expect(decodeId('a|b\\c', 1)).toEqual(['a|b\\c']);
  });

  it('gives back what it was made of', () => {
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (values) => {
        expect(decodeId(encodeId(values), values.length)).toEqual(values);
      }),
    );
  });

  it('is never the same for two keys', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }).chain((n) => fc.tuple(tuple(n), tuple(n))),
        ([left, right]) => {
          expect(encodeId(left) === encodeId(right)).toBe(JSON.stringify(left) === JSON.stringify(right));
        },
      ),
    );
  });

  it.each(['a', 'a|b|c', 'a|b\\', 'a\\x|b', 'a|b\0'])('%j is no id of two columns', (id) => {
    expect(decodeId(id, 2)).toBeNull();
  });
});

function tuple(length: number) {
  return fc.array(part, { minLength: length, maxLength: length });
}
