import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { countResults } from './vitest-results.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Where `npm test` leaves its results, for .ci/run. */
export const resultsFile = join(root, '.sluice', 'test-results.json');

/** Installs what is missing; exits when that fails. `what` is as in setup.mjs. */
export function setUp(what, env = process.env) {
  const { status } = spawnSync(process.execPath, [join(root, 'scripts/setup.mjs'), what], {
    env,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}

/** Runs vitest once with these arguments and gives `{passed, failed}`. */
export function runVitest(args, env = process.env) {
  mkdirSync(dirname(resultsFile), { recursive: true });
  rmSync(resultsFile, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${resultsFile}`];
  const { status } = spawnSync(
    process.execPath,
    [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...reporters, ...args],
    { cwd: root, env, stdio: 'inherit' },
  );
  return countResults(resultsFile, status);
}
