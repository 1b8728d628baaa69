// `npm run test:matrix`: the tests that need servers, on every version that Sluice supports. Postgres and
// OpenSearch do not know of each other, so each version of the one is paired with some version of the other.
// SLUICE_TEST_POSTGRES_VERSION picks one version; arguments go to vitest.
import { runVitest, setUp } from './run-vitest.mjs';

const both = ['pg', 'e2e', 'e2e-triggers'];
// The log capture needs Postgres 15; triggers and documents do with 13.
const triggersOnly = ['pg', 'e2e-triggers'];
const runs = [
  { postgres: '13', openSearch: '3.4', projects: triggersOnly },
  { postgres: '14', openSearch: '2.19', projects: triggersOnly },
  { postgres: '15', openSearch: '2.19', projects: ['os', ...both] },
  { postgres: '16', openSearch: '3.4', projects: both },
  { postgres: '17', openSearch: '2.19', projects: both },
  { postgres: '18', openSearch: '3.4', projects: ['os', ...both] },
];

const picked = process.env.SLUICE_TEST_POSTGRES_VERSION;
const lines = [];
for (const { postgres, openSearch, projects } of runs) {
  if (picked && picked !== postgres) continue;
  const env = {
    ...process.env,
    SLUICE_TEST_MATRIX: 'yes',
    SLUICE_TEST_POSTGRES_VERSION: postgres,
    SLUICE_TEST_OPENSEARCH_VERSION: openSearch,
    SLUICE_TEST_LOG: projects === triggersOnly ? 'no' : 'yes',
  };
  setUp('test', env);
  const chosen = projects.flatMap((name) => ['--project', name]);
  const { passed, failed } = runVitest([...chosen, ...process.argv.slice(2)], env);
  if (failed > 0) process.exitCode = 1;
  lines.push(`Postgres ${postgres}, OpenSearch ${openSearch}: ${passed} passed, ${failed} failed`);
}
process.stdout.write(`\n${lines.join('\n')}\n`);
