// `npm run soak -- --minutes 60 [--seed 7] [--capture wal|triggers] [--postgres 18] [--opensearch 3.4]`: rounds of
// random writes and faults on servers of its own, until the time is over. `--round SEED` replays one round,
// `--only "kill,answers"` lets only these faults happen, `--seconds 60` is how long a round is disturbed,
// `--output DIRECTORY` says where results and failures go, `--bail` ends at the first failure. docs/soak.md explains it.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setUp } from './run-vitest.mjs';

const options = {
  minutes: { type: 'string' },
  seed: { type: 'string' },
  capture: { type: 'string' },
  postgres: { type: 'string' },
  opensearch: { type: 'string' },
  round: { type: 'string' },
  only: { type: 'string' },
  seconds: { type: 'string' },
  output: { type: 'string' },
  bail: { type: 'boolean' },
};

const values = read();
for (const name of ['minutes', 'seed', 'round', 'seconds']) {
  if (values[name] !== undefined && !/^\d+$/.test(values[name])) {
    refuse(`--${name} takes a whole number, not ${values[name]}.`);
  }
}
if (!['wal', 'triggers', undefined].includes(values.capture)) {
  refuse(`--capture takes wal or triggers, not ${values.capture}.`);
}

const variables = {
  SLUICE_SOAK_MINUTES: values.minutes,
  SLUICE_SOAK_SEED: values.seed,
  SLUICE_SOAK_ROUND: values.round,
  SLUICE_SOAK_ONLY: values.only,
  SLUICE_SOAK_SECONDS: values.seconds,
  SLUICE_SOAK_OUTPUT: values.output,
  SLUICE_SOAK_BAIL: values.bail ? '1' : undefined,
  SLUICE_TEST_CAPTURE: values.capture,
  SLUICE_TEST_POSTGRES_VERSION: values.postgres,
  SLUICE_TEST_OPENSEARCH_VERSION: values.opensearch,
};
const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined));
const env = { ...process.env, ...given };
setUp('test', env);
const root = join(import.meta.dirname, '..');
const { status } = spawnSync(
  process.execPath,
  [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'soak', '--disable-console-intercept'],
  { cwd: root, env, stdio: 'inherit' },
);
process.exitCode = status ?? 1;

function read() {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return refuse(
      `${error.message}\nIt takes ${Object.keys(options)
        .map((name) => `--${name}`)
        .join(', ')}.`,
    );
  }
}

function refuse(message) {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}
