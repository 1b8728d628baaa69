// `npm run soak:takeover [-- --takeovers 50] [--capture wal|triggers]`: takeovers under load with the captures' own
// settings, ten of each kind, and every document compared after each; prints how long they took.
import { parseArgs } from 'node:util';
import { runVitest, setUp } from './run-vitest.mjs';

const { values } = parseArgs({ options: { takeovers: { type: 'string' }, capture: { type: 'string' } } });
const { takeovers = '50', capture } = values;
if (!/^[1-9]\d*$/.test(takeovers)) {
  process.stderr.write(`--takeovers takes a whole number, not ${takeovers}.\n`);
  process.exit(2);
}
setUp('test');
const env = { ...process.env, SLUICE_TEST_SIZE: 'full', SLUICE_TEST_TAKEOVERS: takeovers };
const project =
  capture === 'triggers' ? ['e2e-triggers'] : capture === 'wal' ? ['e2e'] : ['e2e', 'e2e-triggers'];
const { failed } = runVitest(
  [...project.flatMap((name) => ['--project', name]), '--disable-console-intercept', 'test/faults/takeover'],
  env,
);
process.exitCode = failed > 0 ? 1 : 0;
