import { readdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/postgres.ts';
import { installPacked, type PackedCommand } from './packed-command.ts';

// From here on nothing of this repository is used: the packed command, its packed plugins, and a plugin
// that the packed command itself began.
let packed: PackedCommand;
let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase();
  packed = await installPacked({ DATABASE_URL: database.url });
  await database.query(`
    CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL);
    INSERT INTO users SELECT n, 'user ' || n FROM generate_series(1, 20) AS n;
  `);
  await writeFile(
    join(packed.project, 'users.schema.yml'),
    'table: users\nfields:\n  - integer: id\n  - text: name\n',
  );
}, 600_000);
afterAll(async () => {
  await Promise.all([database?.drop(), packed?.[Symbol.asyncDispose]()]);
});

/** The project's configuration, with one sink. */
async function configure(sink: string): Promise<void> {
  const text = `
source: { connection: '\${DATABASE_URL}' }
sinks: { mine: ${sink} }
indexes: { users: { schema: users.schema.yml } }
`;
  await writeFile(join(packed.project, 'sluice.yaml'), text);
}

/** What `sluice … --json` printed. */
async function result(...args: readonly string[]): Promise<{ ok: boolean; data?: unknown; error?: unknown }> {
  const { stdout, stderr } = await packed.sluice([...args, '--json']);
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
}

test('the tarballs are complete: no package of the repository is needed, or reached', async () => {
  expect(packed.packages).toEqual(
    expect.arrayContaining([
      'cli',
      'core',
      'plugin-cdc-triggers',
      'plugin-cdc-wal',
      'plugin-sink-opensearch',
    ]),
  );
  for (const name of packed.packages) {
    const root = join(packed.project, 'node_modules/@sluice', name);
    expect(await realpath(root)).toMatch(/sluice-packed-/);
    const files = await readdir(root, { recursive: true });
    expect(files.filter((file) => /^(?!templates\/).*\.test\.|tsbuildinfo|^src\//.test(file))).toEqual([]);
  }
  const { data } = await result('plugins', 'list');
  expect(data).toMatchObject(
    ['triggers', 'wal', 'postgres', 'memory', 'opensearch', 'stdout'].map((name) => ({
      name,
      // npm laid them beside the command, in the project: that copy is the nearest.
      origin: 'project',
      problem: null,
    })),
  );
});

test('the packed command fills and prints documents with what is bundled', async () => {
  await configure('{ plugin: stdout }');
  const { exit, stdout, stderr } = await packed.sluice(['run', '--once']);
  expect({ exit, stderr: exit === 0 ? '' : stderr }).toEqual({ exit: 0, stderr: '' });
  const lines = stdout.trim().split('\n');
  expect(lines).toHaveLength(20);
  expect(lines.map((line) => JSON.parse(line))).toContainEqual(
    expect.objectContaining({ index: 'users', id: '7', document: { id: 7, name: 'user 7' } }),
  );
});

/** The documents in the files of the plugin that `plugin create` began. */
async function filed(directory: string): Promise<readonly unknown[]> {
  const folder = join(packed.project, directory);
  const names = (await readdir(folder)).filter((name) => name.endsWith('.ndjson'));
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return texts.flatMap((text) =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  );
}

test('a plugin is begun, built, packed, installed from its tarball and from a registry, run, and removed', {
  timeout: 600_000,
}, async () => {
  const created = await packed.sluice([
    'plugin',
    'create',
    '@acme/sluice-sink-paper',
    '--kind',
    'sink',
    '--dir',
    '../paper',
  ]);
  expect(created).toMatchObject({ exit: 0 });
  const source = join(packed.directory, 'paper');
  await packed.npm(['install', '--ignore-scripts'], source);
  const [{ filename }] = JSON.parse(await packed.npm(['pack', '--json'], source)) as [{ filename: string }];
  const tarball = join(source, filename);

  expect(await result('plugins', 'install', tarball)).toMatchObject({
    ok: true,
    data: { kind: 'sink', name: 'paper', package: '@acme/sluice-sink-paper', from: tarball },
  });
  await configure('{ plugin: paper, directory: ./first }');
  expect(await result('run', '--once')).toMatchObject({ ok: true, data: { written: 20 } });
  expect(await filed('first')).toHaveLength(20);
  expect(await filed('first')).toContainEqual(
    expect.objectContaining({ id: '7', document: { id: 7, name: 'user 7' } }),
  );

  await packed.registry.publish(tarball);
  expect(await result('plugins', 'uninstall', 'paper')).toMatchObject({ ok: true });
  expect(await result('run', '--once')).toMatchObject({
    ok: false,
    error: { code: 'SLUICE_PLUGIN_NOT_FOUND' },
  });
  expect(await result('plugins', 'install', '@acme/sluice-sink-paper@0.1.0')).toMatchObject({
    ok: true,
    data: { version: '0.1.0', replaced: null },
  });
  await configure('{ plugin: "@acme/sluice-sink-paper", directory: ./second }');
  expect(await result('run', '--once')).toMatchObject({ ok: true, data: { written: 20 } });
  expect(await filed('second')).toHaveLength(20);
  expect(packed.registry.requests).toContain('GET /@acme/sluice-sink-paper');

  // Beside the command's own, as a dependency of the project.
  await result('plugins', 'uninstall', '@acme/sluice-sink-paper');
  await packed.npm(['install', '--ignore-scripts', '@acme/sluice-sink-paper'], packed.project);
  expect(await result('plugins', 'list')).toMatchObject({
    data: expect.arrayContaining([
      expect.objectContaining({ name: 'paper', origin: 'project', problem: null }),
    ]),
  });
  await configure('{ plugin: paper, directory: ./third }');
  expect(await result('run', '--once')).toMatchObject({ ok: true, data: { written: 20 } });
  expect(await filed('third')).toHaveLength(20);
});
