// `npm run test:matrix`: the tests that need servers, on the oldest and on the newest versions that Sluice
// supports. Postgres and OpenSearch do not know of each other, so two pairs cover the four versions.
import { runVitest, setUp } from './run-vitest.mjs';

const pairs = [
  { SLUICE_TEST_POSTGRES_VERSION: '15', SLUICE_TEST_OPENSEARCH_VERSION: '2.19' },
  { SLUICE_TEST_POSTGRES_VERSION: '18', SLUICE_TEST_OPENSEARCH_VERSION: '3.4' },
];
const projects = ['pg', 'os', 'e2e'].flatMap((name) => ['--project', name]);

const lines = pairs.map((versions) => {
  const env = { ...process.env, ...versions };
  setUp('test', env);
  const { passed, failed } = runVitest([...projects, ...process.argv.slice(2)], env);
  if (failed > 0) process.exitCode = 1;
  const [postgres, openSearch] = Object.values(versions);
  return `Postgres ${postgres}, OpenSearch ${openSearch}: ${passed} passed, ${failed} failed`;
});
process.stdout.write(`\n${lines.join('\n')}\n`);
