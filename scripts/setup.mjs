// Installs what `npm run demo` and `npm test` need and is missing: packages, the build, and what servers
// run on. Plain Node without dependencies: it runs before there are any.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isInstalled } from './lockfile.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const purpose = process.argv[2];
if (!['build', 'demo', 'test'].includes(purpose)) fail('Usage: node scripts/setup.mjs build|demo|test');

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  fail(`Sluice needs Node 20.19 or newer; this is ${process.versions.node}.`);
}

installPackages();
build();
if (purpose !== 'build') await provideServers();

async function provideServers() {
  const { openSearchObstacle, pgBouncerObstacle } = await import(
    pathToFileURL(join(root, 'packages/servers/dist/index.js')).href
  );
  const line = process.env.SLUICE_TEST_OPENSEARCH_VERSION || undefined;
  const openSearch = await provide('OpenSearch', () => openSearchObstacle({ line }));
  // The demo writes to standard output where there is no OpenSearch; the tests are not complete without.
  if (openSearch !== undefined && purpose === 'demo') {
    say(`Without OpenSearch: ${openSearch.reason}. To have it: ${openSearch.remedy}`);
  } else if (openSearch !== undefined) {
    fail(`The tests need OpenSearch: ${openSearch.reason}.\n  ${openSearch.remedy}`);
  }
  if (purpose !== 'test') return;
  const pgBouncer = await provide('pgbouncer', () => pgBouncerObstacle());
  if (pgBouncer !== undefined) fail(`The tests need pgbouncer: ${pgBouncer.reason}.\n  ${pgBouncer.remedy}`);
}

function installPackages() {
  const installed = readJson('node_modules/.package-lock.json');
  if (installed !== undefined && isInstalled(readJson('package-lock.json'), installed)) return;
  say('Installing packages (npm ci).');
  if (run('npm', ['ci', '--no-audit', '--no-fund'])) return;
  // A registry that lacks an optional package, or a lockfile that does: what can be had is enough.
  say('npm ci failed; installing what can be had (npm install).');
  if (!run('npm', ['install', '--no-save', '--no-audit', '--no-fund'])) fail('npm install failed.');
}

/** The compiler itself knows what is out of date; when nothing is, it takes half a second. */
function build() {
  if (!existsSync(join(root, 'packages/cli/dist/index.js'))) say('Building (tsc -b).');
  if (!run(process.execPath, ['node_modules/typescript/bin/tsc', '-b'])) fail('The build failed (tsc -b).');
}

/** What is still missing for a server after root on Debian has installed what apt-get has. */
async function provide(server, findObstacle) {
  const found = await findObstacle();
  if (!found?.remedy?.startsWith('apt-get ')) return found;
  say(`${server}: ${found.reason}. Running: ${found.remedy}`);
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const [command, ...args] = found.remedy.split(' ');
  if (
    !run('apt-get', ['update', '--quiet=2'], environment) ||
    !run(command, ['--quiet=2', ...args], environment)
  ) {
    return found;
  }
  return await findObstacle();
}

function readJson(path) {
  const file = join(root, path);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/** What the command prints goes to standard error: the demo's output is the documents. */
function run(command, args, env = process.env) {
  return spawnSync(command, args, { cwd: root, env, stdio: ['ignore', 2, 2] }).status === 0;
}

function say(message) {
  process.stderr.write(`${message}\n`);
}

function fail(message) {
  say(message);
  process.exit(1);
}
