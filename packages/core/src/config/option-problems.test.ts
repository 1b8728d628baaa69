import { expect, test } from 'vitest';
import { z } from 'zod';
import { optionProblems } from './option-problems.ts';

test('what is wrong with the key of a record is said in the words of whoever checks it', () => {
  const shape = z.strictObject({
    tables: z.record(z.string().regex(/\./, 'names a table without its schema'), z.string()),
  });
  const input = { tables: { tags: 'x' } };
  const found = optionProblems(shape.safeParse(input).error?.issues ?? [], input, ['capture'], null);
  expect(found).toEqual([
    {
      path: ['capture', 'tables', 'tags'],
      part: 'value',
      message: '`capture.tables.tags` names a table without its schema.',
      hint: undefined,
    },
  ]);
});
