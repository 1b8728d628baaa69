// `npm test`: installs what is missing, runs the tests, and ends with the line `Tests: N passed, N failed`.
// Arguments go to vitest: `npm test -- --project unit packages/core`.
import { runVitest, setUp } from './run-vitest.mjs';

const args = process.argv.slice(2);
const projects = args.flatMap((arg, index) => {
  if (arg === '--project') return [args[index + 1]];
  return arg.startsWith('--project=') ? [arg.slice('--project='.length)] : [];
});
const needsOpenSearch =
  projects.length === 0 || projects.some((project) => project !== 'unit' && project !== 'pg');
setUp(needsOpenSearch ? 'test' : 'build');
const { passed, failed } = runVitest(args);
process.stdout.write(`\nTests: ${passed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 ? 1 : 0;
