import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseSchema } from './parse-schema.ts';

const reference = readFileSync(new URL('../../../../docs/schema-language.md', import.meta.url), 'utf8');
const examples = [...reference.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => text);

/** A whole file as it is; a list of fields within one. */
function wholeFile(example: string): string {
  return example.startsWith('- ') ? `table: users\nfields:\n${example.replace(/^/gm, '  ')}` : example;
}

it.each(examples.map((example) => [example.split('\n', 1)[0] ?? '', example]))(
  'the example of the reference that begins with %s is valid',
  (_, example) => {
    expect(parseSchema(wholeFile(example), 'reference.md', 'users').diagnostics).toEqual([]);
  },
);

it('the reference has examples', () => {
  expect(examples.length).toBeGreaterThan(8);
});
