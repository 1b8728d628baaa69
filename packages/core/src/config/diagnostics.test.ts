import { expect, test } from 'vitest';
import { type FileDiagnostic, isSluiceError } from '../errors/index.ts';
import { diagnosticsError, formatDiagnostics } from './diagnostics.ts';

function diagnostic(file: string, line: number, column: number, message: string): FileDiagnostic {
  return { severity: 'error', code: 'SLUICE_CONFIG_INVALID', message, location: { file, line, column } };
}

test('sorts by file and place and says the same thing once', () => {
  const found = [
    diagnostic('b.yaml', 1, 1, 'third'),
    diagnostic('a.yaml', 10, 1, 'second'),
    diagnostic('a.yaml', 2, 5, 'first'),
    diagnostic('a.yaml', 2, 5, 'first'),
  ];
  expect(formatDiagnostics(found, new Map())).toBe(
    'a.yaml:2:5 error SLUICE_CONFIG_INVALID: first\n\n' +
      'a.yaml:10:1 error SLUICE_CONFIG_INVALID: second\n\n' +
      'b.yaml:1:1 error SLUICE_CONFIG_INVALID: third',
  );
});

test('puts the carets under the place behind tabs and neutralises control characters', () => {
  const found: FileDiagnostic = { ...diagnostic('a.json', 2, 2, 'wrong'), hint: 'mend it' };
  const sources = new Map([['a.json', '{\n\t"a": "\u001b[31m"\n}']]);
  expect(formatDiagnostics([{ ...found, location: { ...found.location, length: 3 } }], sources)).toBe(
    'a.json:2:2 error SLUICE_CONFIG_INVALID: wrong\n  1 | {\n> 2 | \t"a": "\ufffd[31m"\n    | \t^^^\n  hint: mend it',
  );
});

test('makes one error of many, with the first as its message and all in the report', () => {
  const warning: FileDiagnostic = { ...diagnostic('a.yaml', 1, 1, 'careful'), severity: 'warning' };
  const error = diagnosticsError(
    [diagnostic('a.yaml', 3, 1, 'other'), warning, diagnostic('a.yaml', 2, 1, 'key s3cret')],
    new Map([['a.yaml', 'x: 1\ny: s3cret\nz: 2']]),
    {
      redact: (text) => text.replace('s3cret', '[redacted]'),
      mask: (line) => line.replace('s3cret', '******'),
    },
  );
  expect(isSluiceError(error, 'SLUICE_CONFIG_INVALID')).toBe(true);
  expect(error.message).toBe('key [redacted] (and 1 more problem)');
  expect(error.location).toEqual({ file: 'a.yaml', line: 2, column: 1 });
  expect(error.diagnostics).toHaveLength(3);
  expect(error.report).toContain('> 2 | y: ******');
  expect(error.report).not.toContain('s3cret');
  expect(error.exitCode).toBe(2);
});
