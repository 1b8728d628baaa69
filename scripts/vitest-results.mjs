import { readFileSync } from 'node:fs';

/**
 * The tests that passed and failed, from the file that vitest's JSON reporter wrote. A file that failed
 * before its first test counts as one failure, and so does a run that failed without naming any (a server
 * that did not start, an error outside of every test).
 *
 * @param {string} file
 * @param {number | null} exitCode vitest's own
 * @returns {{passed: number, failed: number}}
 */
export function countResults(file, exitCode) {
  let results;
  try {
    results = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { passed: 0, failed: 1 };
  }
  const brokenFiles = results.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  const failed = results.numFailedTests + brokenFiles.length;
  return { passed: results.numPassedTests, failed: failed === 0 && exitCode !== 0 ? 1 : failed };
}
