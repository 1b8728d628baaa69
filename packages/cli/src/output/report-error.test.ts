import { Writable } from 'node:stream';
import { SluiceError } from '@sluice/core';
import { describe, expect, test } from 'vitest';
import { EndedBySignal } from '../signals.ts';
import { ComparisonFailed, failComparison } from './comparison-failed.ts';
import { describeError } from './describe-error.ts';
import { reportError } from './report-error.ts';
import { SeveralProblems } from './several-problems.ts';

class Sink extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

function report(
  error: unknown,
  { json = false, env = {} }: { json?: boolean; env?: NodeJS.ProcessEnv } = {},
) {
  const stdout = new Sink();
  const stderr = new Sink();
  const exit = reportError(error, { json, stdout, stderr, env });
  return { exit, stdout: stdout.text, stderr: stderr.text };
}

const inUse = new SluiceError('SLUICE_CAPTURE_IN_USE', 'The slot "sluice" is held by another process.', {
  hint: 'Stop the other one first.',
  location: { file: 'sluice.yaml', line: 3, column: 5 },
});

const twoProblems = new SluiceError('SLUICE_CONFIG_INVALID', 'First. (and 1 more problem)', {
  report: 'FRAMES',
  diagnostics: [
    {
      severity: 'error',
      code: 'SLUICE_CONFIG_INVALID',
      message: 'First.',
      location: { file: 'sluice.yaml', line: 1, column: 1 },
    },
    {
      severity: 'warning',
      code: 'SLUICE_CONFIG_INVALID',
      message: 'Only a warning.',
      location: { file: 'sluice.yaml', line: 2, column: 1 },
    },
    {
      severity: 'error',
      code: 'SLUICE_SCHEMA_INVALID',
      message: 'Second.',
      hint: 'Mend it.',
      location: { file: 'users.schema.yml', line: 4, column: 3 },
    },
  ],
});

describe('an error as text', () => {
  test('says what happened, where, what to do, and its code, on stderr', () => {
    expect(report(inUse)).toEqual({
      exit: 3,
      stdout: '',
      stderr:
        'error: The slot "sluice" is held by another process.\n' +
        '  at sluice.yaml:3:5\n' +
        '  Stop the other one first.\n' +
        '  SLUICE_CAPTURE_IN_USE\n',
    });
  });

  test('shows the frames of problems in files, and counts the errors among them', () => {
    expect(report(twoProblems)).toEqual({ exit: 2, stdout: '', stderr: 'FRAMES\n\nerror: 2 problems\n' });
  });

  test('has no stack unless DEBUG is set', () => {
    expect(report(new Error('Boom')).stderr).not.toContain('report-error.test.ts');
    expect(report(new Error('Boom'), { env: { DEBUG: '1' } }).stderr).toContain('report-error.test.ts');
  });

  test('an unexpected error is a bug and fails with 1', () => {
    const { exit, stderr } = report(new Error('Boom'));
    expect(exit).toBe(1);
    expect(stderr).toContain('error: Boom');
    expect(stderr).toContain('SLUICE_INTERNAL');
  });

  test('is coloured where colour is asked for, and never under NO_COLOR', () => {
    const red = '\u001b[31m';
    expect(report(inUse, { env: { FORCE_COLOR: '1' } }).stderr).toContain(red);
    expect(report(inUse, { env: { FORCE_COLOR: '1', NO_COLOR: '1' } }).stderr).not.toContain('\u001b');
  });
});

describe('an error with --json', () => {
  test('is one envelope on stdout with every key, and stderr stays empty', () => {
    const { exit, stdout, stderr } = report(inUse, { json: true });
    expect(exit).toBe(3);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      ok: false,
      error: {
        code: 'SLUICE_CAPTURE_IN_USE',
        message: 'The slot "sluice" is held by another process.',
        hint: 'Stop the other one first.',
        location: { file: 'sluice.yaml', line: 3, column: 5 },
      },
    });
  });

  test('has null for a hint and a location that are not known', () => {
    const { stdout } = report(new SluiceError('SLUICE_CAPTURE_LOST', 'Gone.'), { json: true });
    expect(JSON.parse(stdout).error).toEqual({
      code: 'SLUICE_CAPTURE_LOST',
      message: 'Gone.',
      hint: null,
      location: null,
    });
  });

  test('lists every error of a configuration', () => {
    const { stdout } = report(twoProblems, { json: true });
    const { error } = JSON.parse(stdout);
    expect(error.code).toBe('SLUICE_CONFIG_INVALID');
    expect(error.errors.map((one: { message: string }) => one.message)).toEqual(['First.', 'Second.']);
  });
});

describe('several failures of one command', () => {
  const both = new SeveralProblems([describeError(inUse), describeError(twoProblems)]);

  test('are told one after the other, and validation decides the exit code', () => {
    const { exit, stderr } = report(both);
    expect(exit).toBe(2);
    expect(stderr.indexOf('FRAMES')).toBeLessThan(stderr.indexOf('SLUICE_CAPTURE_IN_USE'));
  });

  test('are all in the envelope', () => {
    const { error } = JSON.parse(report(both, { json: true }).stdout);
    expect(error.errors.map((one: { code: string }) => one.code)).toEqual([
      'SLUICE_CONFIG_INVALID',
      'SLUICE_SCHEMA_INVALID',
      'SLUICE_CAPTURE_IN_USE',
    ]);
  });

  test('come beside what is known nevertheless', () => {
    const known = new SeveralProblems([describeError(inUse)], { indexes: 3n });
    expect(JSON.parse(report(known, { json: true }).stdout)).toMatchObject({
      ok: false,
      data: { indexes: '3' },
      error: { code: 'SLUICE_CAPTURE_IN_USE' },
    });
    expect(JSON.parse(report(both, { json: true }).stdout)).not.toHaveProperty('data');
  });
});

test('leaving with a code is not an error', () => {
  const leave = Object.assign(new Error('EEXIT: 130'), { code: 'EEXIT', oclif: { exit: 130 } });
  expect(report(leave)).toEqual({ exit: 130, stdout: '', stderr: '' });
});

test("oclif's complaints about the command line are usage errors", () => {
  const complaint = Object.assign(new Error('Nonexistent flag: --foo\nSee more help with --help'), {
    oclif: { exit: 2 },
  });
  const { exit, stderr } = report(complaint);
  expect(exit).toBe(2);
  expect(stderr).toContain('error: Nonexistent flag: --foo\n');
  expect(stderr).toContain('SLUICE_USAGE');
});

test('tells what failed first, not that closing failed after it', () => {
  const closing = new Error('The capture did not close.');
  const suppressed = Object.assign(new Error('An error was suppressed during disposal.'), {
    name: 'SuppressedError',
    error: closing,
    suppressed: inUse,
  });
  const { exit, stderr } = report(suppressed);
  expect(exit).toBe(3);
  expect(stderr).toContain('is held by another process');
});

test('leaves with the code of a signal, whatever failed after it', () => {
  const broken = new Error('The capture did not close.');
  expect(report(new EndedBySignal(130, broken, null)).exit).toBe(130);
  expect(report(new EndedBySignal(143, broken, broken))).toEqual({ exit: 143, stdout: '', stderr: '' });
});

describe('a comparison that could not be made', () => {
  test.each([
    [
      'a table that changed',
      new SluiceError('SLUICE_SOURCE_DRIFT', 'Gone: email.'),
      'SLUICE_SOURCE_DRIFT',
      3,
    ],
    ['what nobody expected', new Error('oh'), 'SLUICE_INTERNAL', 3],
    ['a mistake of the configuration', twoProblems, 'SLUICE_CONFIG_INVALID', 2],
  ])('ends with no code that says something differs: %s', (_what, cause, code, exit) => {
    expect(describeError(new ComparisonFailed(cause))).toMatchObject({ code, exit, message: cause.message });
  });

  test('because of a signal ends with that of the signal', () => {
    const ended = new EndedBySignal(130, new Error('stopped'), null);
    expect(() => failComparison(ended)).toThrow(ended);
  });
});
