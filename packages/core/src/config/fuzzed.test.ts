import { afterEach, expect, test, vi } from 'vitest';
import { parseSchema } from '../schema/index.ts';
import { formatDiagnostics } from './diagnostics.ts';
import { findSecrets, findSecretsInText } from './secrets.ts';
import { loadYaml } from './yaml.ts';

// What `npm run fuzz:yaml` found, each in a form as small as shows it. Those that took the square of their
// length would take minutes, and fail by the time limit of a test.

afterEach(() => vi.restoreAllMocks());

test('thousands of list items that each open a mapping are refused, and exhaust no stack', () => {
  const text = `fields:\n  - sum: sold${'\n      - km: sold'.repeat(20_000)}`;
  const { schema, diagnostics } = parseSchema(text, 'a.schema.yml', 'a');
  expect(schema).toBeNull();
  expect(diagnostics).toMatchObject([{ code: 'SLUICE_CONFIG_SYNTAX' }]);
});

test('of thousands of mistakes in a file a hundred are told, with how many more there are', () => {
  const text = 'plugirch:\n'.repeat(30_000);
  const { diagnostics } = loadYaml(text, 'a.yaml');
  expect(diagnostics).toHaveLength(101);
  expect(diagnostics.at(-1)?.message).toBe('The file has 29899 more problems that are not shown.');
  expect(formatDiagnostics(diagnostics, new Map([['a.yaml', text]]))).toContain('given twice');
});

test('a text of half a million letters is searched for secrets in one pass', () => {
  const schema = `users.sch${'e'.repeat(500_000)}ma.yml`;
  expect(findSecrets({ indexes: { users: { schema } } }, [])).toEqual([]);
});

test('a file that is no YAML is searched for secrets in one pass', () => {
  expect(findSecretsInText(`a:\n b\n${'wa'.repeat(250_000)} password: hunter22`)).toMatchObject([
    { value: 'hunter22' },
  ]);
});

test('a key that is a mapping prints no part of the file as a warning of the process', () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  loadYaml('? { password: hunter22 }\n: 1\n', 'a.yaml');
  expect(warn).not.toHaveBeenCalled();
});
