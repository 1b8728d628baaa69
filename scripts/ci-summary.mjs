// Sums up what `npm test` and `npm run check` left behind. Arguments: their exit codes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { resultsFile as testResults } from './run-vitest.mjs';
import { countResults } from './vitest-results.mjs';

const [testExit, checkExit] = process.argv.slice(2).map(Number);
const tests = countResults(testResults, testExit);
const checks = countSteps(join(testResults, '../check-results.json'));
const failed = tests.failed + checks.failed;
process.stdout.write(`${tests.passed + checks.passed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 || testExit !== 0 || checkExit !== 0 ? 1 : 0;

function countSteps(file) {
  try {
    const steps = JSON.parse(readFileSync(file, 'utf8'));
    const passed = steps.filter(({ ok }) => ok).length;
    return { passed, failed: steps.length - passed };
  } catch {
    return { passed: 0, failed: 1 };
  }
}
