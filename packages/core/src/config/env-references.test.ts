// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references in texts are what this is about
import { expect, test } from 'vitest';
import { resolveReferences } from './env-references.ts';

const env = { HOST: 'db', EMPTY: '', NESTED: '${HOST}', DATABASE_URI: 'x' };

test.each([
  ['${HOST}', 'db'],
  ['a-${HOST}:${HOST}', 'a-db:db'],
  ['${PORT:-5432}', '5432'],
  ['${HOST:-other}', 'db'],
  ['${EMPTY:-other}', 'other'],
  ['[${EMPTY}]', '[]'],
  ['${PORT:-}', ''],
  ['${URL:-http://localhost:9200}', 'http://localhost:9200'],
  ['$${HOST}', '${HOST}'],
  ['$HOST and $5', '$HOST and $5'],
  ['${NESTED}', '${HOST}'],
])('%s becomes %s', (written, expected) => {
  expect(resolveReferences({ a: [written] }, env)).toMatchObject({ value: { a: [expected] }, problems: [] });
});

test('says which texts came from the environment', () => {
  const { resolved, unresolved } = resolveReferences({ a: '${HOST}', b: 'plain', c: { d: '$${x}' } }, env);
  expect(resolved).toEqual([['a']]);
  expect(unresolved).toEqual([]);
});

test('an unset variable is a problem that names key and variable', () => {
  const { value, problems, unresolved } = resolveReferences(
    { source: { connection: '${DATABASE_URL}' } },
    env,
  );
  expect(value).toEqual({ source: { connection: '${DATABASE_URL}' } });
  expect(unresolved).toEqual([['source', 'connection']]);
  expect(problems).toEqual([
    {
      path: ['source', 'connection'],
      part: 'value',
      code: 'SLUICE_CONFIG_ENV',
      message: '`source.connection` needs the environment variable DATABASE_URL, which is not set.',
      hint: 'Set DATABASE_URL (DATABASE_URI is set: is that the one you mean?), or give a default: ${DATABASE_URL:-…}.',
    },
  ]);
});

test('keeps the reference where nothing is resolved yet', () => {
  expect(resolveReferences({ a: '${NOTHING}' }, env, 'keep')).toEqual({
    value: { a: '${NOTHING}' },
    resolved: [],
    unresolved: [['a']],
    problems: [],
  });
});

test.each(['${}', '${1X}', '${HOST', '${HOST-x}', '${HO ST}'])('%s is not a reference', (written) => {
  expect(resolveReferences({ a: written }, env).problems).toMatchObject([{ code: 'SLUICE_CONFIG_ENV' }]);
});
