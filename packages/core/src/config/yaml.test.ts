import { describe, expect, test } from 'vitest';
import { formatDiagnostics } from './diagnostics.ts';
import { loadYaml } from './yaml.ts';

function report(text: string): string {
  return formatDiagnostics(loadYaml(text, 'a.yaml').diagnostics, new Map([['a.yaml', text]]));
}

describe('loadYaml', () => {
  test('keeps the digits of whole numbers beyond 2^53', () => {
    const { value } = loadYaml(
      'small: 7\nbig: 9007199254740993\nnegative: -9223372036854775808\nreal: 1.5\n',
      'a.yaml',
    );
    expect(value).toEqual({ small: 7, big: 9007199254740993n, negative: -9223372036854775808n, real: 1.5 });
  });

  test('finds keys, values, items and the nearest ancestor of what is missing', () => {
    const text = 'source:\n  capture: wal\nfields:\n  - text: name\n    column: title\n';
    const { locate } = loadYaml(text, 'a.yaml');
    expect(locate(['source', 'capture'], 'key')).toEqual({ file: 'a.yaml', line: 2, column: 3, length: 7 });
    expect(locate(['source', 'capture'])).toEqual({ file: 'a.yaml', line: 2, column: 12, length: 3 });
    expect(locate(['fields', 0, 'column'])).toMatchObject({ line: 5, column: 13 });
    expect(locate(['fields', 0])).toMatchObject({ line: 4, column: 5 });
    expect(locate(['source', 'connection'])).toMatchObject({ line: 1, column: 1, length: 6 });
    expect(locate(['nothing', 'here'])).toMatchObject({ line: 1, column: 1 });
  });

  test('follows aliases and merge keys to where the entry is written', () => {
    const { value, locate } = loadYaml('base: &b {x: 1}\nuse:\n  <<: *b\n  y: 2\n', 'a.yaml');
    expect(value).toMatchObject({ use: { x: 1, y: 2 } });
    expect(locate(['use', 'x'])).toMatchObject({ line: 1, column: 14 });
  });

  test('reads JSON with positions', () => {
    const { value, locate } = loadYaml('{\n\t"prefix": "a_"\n}\n', 'a.json');
    expect(value).toEqual({ prefix: 'a_' });
    expect(locate(['prefix'])).toMatchObject({ line: 2, column: 12 });
  });

  test('survives an empty file, CRLF and a byte order mark', () => {
    expect(loadYaml('', 'a.yaml')).toMatchObject({ value: null, wellFormed: true });
    const crlf = loadYaml('\ufeffa: 1\r\nb: 2\r\n', 'a.yaml');
    expect(crlf.value).toEqual({ a: 1, b: 2 });
    expect(crlf.locate(['b'])).toMatchObject({ line: 2, column: 4, length: 1 });
  });

  test('keeps a key called __proto__ as data', () => {
    const { value } = loadYaml('__proto__: {polluted: true}\n', 'a.yaml');
    expect(Object.keys(value as object)).toEqual(['__proto__']);
    expect({}).not.toHaveProperty('polluted');
  });
});

test.each([
  [
    'a second key on one line',
    'a: b: c\n',
    'a.yaml:1:4 error SLUICE_CONFIG_SYNTAX: A second `key:` begins on the same line.\n' +
      '> 1 | a: b: c\n    |    ^\n' +
      '  hint: Put it on a line of its own, or put quotes around a value that holds `: `.',
  ],
  [
    'a tab as indentation',
    'a:\n\tb: 1\n',
    'a.yaml:2:1 error SLUICE_CONFIG_SYNTAX: Tabs are not allowed as indentation.\n' +
      '  1 | a:\n> 2 | \tb: 1\n    | ^\n' +
      '  hint: Indent with spaces.',
  ],
  [
    'a key given twice',
    'a:\n  b: 1\n  c: 2\n  b: 3\n',
    'a.yaml:4:3 error SLUICE_CONFIG_SYNTAX: The key `b` is given twice.\n' +
      '  3 |   c: 2\n> 4 |   b: 3\n    |   ^\n' +
      '  hint: It is already there on line 2: remove one of the two.',
  ],
  [
    'an alias without anchor',
    'a: *nowhere\n',
    'a.yaml:1:4 error SLUICE_CONFIG_SYNTAX: There is no anchor `&nowhere` before this alias.\n' +
      '> 1 | a: *nowhere\n    |    ^^^^^^^^\n' +
      '  hint: Put quotes around a text that begins with `*`.',
  ],
  [
    'a tag',
    'a: !env NAME\n',
    'a.yaml:1:4 error SLUICE_CONFIG_SYNTAX: Unresolved tag: !env.\n' +
      '> 1 | a: !env NAME\n    |    ^^^^\n' +
      '  hint: Sluice has no tags of its own: remove it, or put quotes around the text.',
  ],
  [
    'several documents',
    'a: 1\n---\nb: 2\n',
    'a.yaml:2:1 error SLUICE_CONFIG_SYNTAX: The file holds several YAML documents.\n' +
      '  1 | a: 1\n> 2 | ---\n    | ^^^\n' +
      '  hint: Keep one and remove the `---` between them.',
  ],
])('shows %s in its place', (_name, text, expected) => {
  expect(report(text)).toBe(expected);
});

test('refuses aliases that unfold without end', () => {
  const bomb = [
    'a0: &a0 [x, x]',
    ...Array.from({ length: 12 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}, *a${n}, *a${n}]`),
  ];
  const loaded = loadYaml(bomb.join('\n'), 'a.yaml');
  expect(loaded.wellFormed).toBe(false);
  expect(loaded.diagnostics[0]?.message).toMatch(/alias/i);
});

test.each([
  ['nested without end', '['.repeat(20_000), 'levels deep'],
  ['made of aliases', `a: &a 1\nb: [${'*a, '.repeat(5_000)}]`, 'aliases'],
  ['far too large', 'a: '.padEnd(600 * 1024, 'x'), 'KiB'],
])('a file that is %s is refused before it is parsed', (_, text, reason) => {
  const { wellFormed, diagnostics } = loadYaml(text, 'sluice.yaml');
  expect(wellFormed).toBe(false);
  expect(diagnostics.map(({ message }) => message)).toEqual([expect.stringContaining(reason)]);
});

test('a tab is told once, without what the parser makes of the rest', () => {
  const { diagnostics } = loadYaml('a:\n  - b: c\n\t- d: e\n\t- f: g\n', 'x.yaml');
  expect(diagnostics).toMatchObject([{ location: { line: 3 }, hint: 'Indent with spaces.' }]);
});

test('a list item among keys is told in words of the file', () => {
  const { diagnostics } = loadYaml('fields:\n  text: a\n  - b: 1\n', 'x.yaml');
  expect(diagnostics).toMatchObject([
    { message: expect.stringContaining('begins with `- `'), hint: expect.stringContaining('one column') },
  ]);
});
