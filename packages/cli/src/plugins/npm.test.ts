import { expect, test } from 'vitest';
import { npmEnvironment, readFailure } from './npm.ts';
import { npmError } from './npm-error.ts';
import { readSpec } from './package-spec.ts';

const log = 'npm error A complete log of this run can be found in: /home/me/.npm/_logs/debug-0.log';

test("a failure says npm's reason, without its advice and traces", () => {
  const output = `npm warn Unknown user config "x".
npm error code ECONNREFUSED
npm error syscall connect
npm error errno ECONNREFUSED
npm error FetchError: request to http://127.0.0.1:1/zod failed, reason: connect ECONNREFUSED 127.0.0.1:1
npm error     at ClientRequest.<anonymous> (/usr/lib/node_modules/npm/x.js:130:14)
npm error   code: 'ECONNREFUSED',
${log}`;
  expect(readFailure(output, 'exit code 1')).toEqual({
    code: 'ECONNREFUSED',
    message: 'FetchError: request to http://127.0.0.1:1/zod failed, reason: connect ECONNREFUSED 127.0.0.1:1',
  });
  expect(readFailure('', 'SIGKILL')).toEqual({ code: null, message: 'npm ended with SIGKILL' });
});

test.each([
  [
    `npm error code E404
npm error 404 Not Found - GET https://registry.example/sluice-kafca
npm error 404
npm error 404  The requested resource 'sluice-kafca@*' could not be found or you do not have permission to access it.
npm error 404
npm error 404 Note that you can also install from a
npm error 404 tarball, folder, http url, or git url.
${log}`,
    'sluice-kafca',
    'SLUICE_PLUGIN_NOT_FOUND',
    'The registry has no package `sluice-kafca`.',
  ],
  [
    `npm ERR! code E404
npm ERR! 404 Not Found - GET https://registry.example/@sluice%2fcore - Not found
npm ERR! 404
npm ERR! 404  '@sluice/core@>=9' is not in this registry.`,
    'sluice-kafka',
    'SLUICE_PLUGIN_NOT_INSTALLED',
    "npm could not install sluice-kafka: Not Found - GET https://registry.example/@sluice%2fcore - Not found '@sluice/core@>=9' is not in this registry.",
  ],
  [
    `npm error code ETARGET
npm error notarget No matching version found for sluice-kafka@9.0.0.
npm error notarget In most cases you or one of your dependencies are requesting a package version that doesn't exist.
${log}`,
    'sluice-kafka@9.0.0',
    'SLUICE_PLUGIN_NOT_FOUND',
    'The registry has no version `sluice-kafka@9.0.0`.',
  ],
])('what npm wrote becomes one error %#', (output, asked, code, message) => {
  const error = npmError(readFailure(output, 'exit code 1'), readSpec(asked, '/srv'));
  expect({ code: error.code, message: error.message }).toEqual({ code, message });
});

test('npm and the scripts of packages are not given what leads to the source or a sink', () => {
  const kept = {
    PATH: '/usr/bin',
    HOME: '/home/me',
    NPM_TOKEN: 'of the registry',
    REGISTRY_TOKEN: 'named by an .npmrc',
    https_proxy: 'http://me:secret@proxy:3128',
    npm_config_registry: 'https://me:secret@registry',
  };
  const left = {
    PGPASSWORD: 'x',
    DATABASE_URL: 'x',
    SOURCE: 'postgres://app:secret@db/shop',
    SEARCH: 'https://sluice:secret@search:9200',
    OPENSEARCH_PASSWORD: 'x',
    SLUICE_CONFIG: 'x',
  };
  expect(npmEnvironment({ ...kept, ...left })).toEqual(kept);
});
