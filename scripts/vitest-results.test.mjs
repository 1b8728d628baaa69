import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { countResults } from './vitest-results.mjs';

let directory;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-results-'));
});

afterEach(() => rmSync(directory, { recursive: true }));

function report(results) {
  const file = join(directory, 'results.json');
  writeFileSync(file, JSON.stringify({ numPassedTests: 5, numFailedTests: 0, testResults: [], ...results }));
  return file;
}

test('counts tests', () => {
  const testResults = [{ status: 'failed', assertionResults: [{ status: 'passed' }, { status: 'failed' }] }];
  expect(countResults(report({}), 0)).toEqual({ passed: 5, failed: 0 });
  expect(countResults(report({ numFailedTests: 1, testResults }), 1)).toEqual({ passed: 5, failed: 1 });
});

test('a file that failed before its first test is a failure', () => {
  const testResults = [{ status: 'failed', assertionResults: [] }];
  expect(countResults(report({ testResults }), 1)).toEqual({ passed: 5, failed: 1 });
});

test('a run that failed without naming a test is a failure', () => {
  expect(countResults(report({}), 1)).toEqual({ passed: 5, failed: 1 });
  expect(countResults(join(directory, 'none.json'), 1)).toEqual({ passed: 0, failed: 1 });
});
