// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references in texts are what this is about
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from './index.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-config-'));
  await write('users.schema.yml', 'table: users\nfields:\n  - keyword: name\n');
});

afterEach(() => rm(directory, { recursive: true }));

const write = (name: string, text: string) => writeFile(join(directory, name), text);

const minimal =
  'source:\n  connection: postgres://app@db/shop\nindexes:\n  users:\n    schema: users.schema.yml\n';

describe('a configuration', () => {
  test('that says only what it must gets the log, Postgres, memory and stdout', async () => {
    await write('sluice.yaml', minimal);
    const config = await loadConfig({ cwd: directory, env: {} });
    expect(config).toMatchObject({
      file: join(directory, 'sluice.yaml'),
      baseDir: directory,
      source: {
        connection: 'postgres://app@db/shop',
        capture: { plugin: 'wal', options: {}, at: ['source', 'capture'] },
        documents: { plugin: 'postgres', options: {} },
      },
      sinks: [{ name: 'stdout', plugin: 'stdout', required: true, options: {} }],
      indexes: [
        {
          name: 'users',
          schemaFile: 'users.schema.yml',
          schema: { index: 'users', table: { schema: 'public', name: 'users' } },
          sinks: ['stdout'],
          onReject: 'stop',
          enabled: true,
        },
      ],
      prefix: '',
      queue: { plugin: 'memory', options: {} },
    });
  });

  test('that says everything keeps it, references resolved', async () => {
    await write(
      'sluice.yaml',
      `source:
  connection: { host: "\${PGHOST}", port: "\${PGPORT}", user: app, password: "\${PGPASSWORD}", database: shop, ssl: true }
  capture: { plugin: triggers, poll_interval: 200ms }
sinks:
  search: { plugin: opensearch, url: "\${OPENSEARCH_URL:-http://localhost:9200}", batch: { size: 5 } }
  audit: { plugin: ./sinks/audit.js, required: false }
indexes:
  users: { schema: users.schema.yml, sinks: [audit, search], on_reject: skip, hold_limit: { age: 5m }, keep_former: true }
  people: { schema: ./users.schema.yml, sinks: [search], enabled: false }
prefix: staging_
queue: { plugin: memory, max_bytes: 1MiB }
`,
    );
    const env = { PGHOST: 'db', PGPORT: '6432', PGPASSWORD: '0123' };
    const config = await loadConfig({ cwd: directory, env });
    expect(config).toMatchObject({
      source: {
        connection: { host: 'db', port: 6432, user: 'app', password: '0123', database: 'shop', ssl: true },
        capture: { plugin: 'triggers', options: { poll_interval: '200ms' } },
      },
      sinks: [
        {
          name: 'search',
          plugin: 'opensearch',
          required: true,
          options: { url: 'http://localhost:9200', batch: { size: 5 } },
          at: ['sinks', 'search'],
        },
        { name: 'audit', plugin: './sinks/audit.js', required: false, options: {} },
      ],
      indexes: [
        {
          name: 'users',
          sinks: ['search', 'audit'],
          onReject: 'skip',
          holdLimit: { bytes: 2 ** 30, ageMs: 300_000 },
          keepFormer: true,
          enabled: true,
        },
        {
          name: 'people',
          sinks: ['search'],
          onReject: 'stop',
          holdLimit: { bytes: 2 ** 30, ageMs: 3_600_000 },
          keepFormer: false,
          enabled: false,
        },
      ],
      prefix: 'staging_',
      queue: { plugin: 'memory', options: { max_bytes: '1MiB' } },
    });
    expect(config.redactor.text('password 0123 for app')).toBe('password [redacted] for app');
  });

  test('gives the places of its entries and of the nodes of its schemas', async () => {
    await write('sluice.yaml', minimal);
    const config = await loadConfig({ cwd: directory, env: {} });
    expect(config.locate(['source', 'connection'])).toMatchObject({
      file: 'sluice.yaml',
      line: 2,
      column: 15,
    });
    expect(config.locateIn('users', ['fields', 0])).toMatchObject({
      file: 'users.schema.yml',
      line: 3,
      column: 5,
    });
    expect([...config.texts.keys()].sort()).toEqual(['sluice.yaml', 'users.schema.yml']);
  });

  test('can be read before its variables are set, to be locked', async () => {
    await write(
      'sluice.yaml',
      minimal.replace('postgres://app@db/shop', '{ host: "${PGHOST}", port: "${PGPORT}" }'),
    );
    const config = await loadConfig({ cwd: directory, env: {}, unset: 'keep' });
    expect(config.source.connection).toEqual({ host: '${PGHOST}' });
    await expect(loadConfig({ cwd: directory, env: {} })).rejects.toMatchObject({
      code: 'SLUICE_CONFIG_ENV',
      diagnostics: [{ message: /PGHOST/ }, { message: /PGPORT/ }],
    });
  });
});

test('a schema whose name only a variable knows is an error, never left out', async () => {
  await write('sluice.yaml', minimal.replace('users.schema.yml', '${SCHEMA}'));
  await expect(loadConfig({ cwd: directory, env: {} })).rejects.toMatchObject({
    diagnostics: [{ code: 'SLUICE_CONFIG_ENV' }],
  });
  await expect(loadConfig({ cwd: directory, env: {}, unset: 'keep' })).rejects.toMatchObject({
    diagnostics: [{ code: 'SLUICE_SCHEMA_NOT_FOUND' }],
  });
  const config = await loadConfig({ cwd: directory, env: { SCHEMA: 'users.schema.yml' } });
  expect(config.indexes).toHaveLength(1);
});

describe('is found', () => {
  const asJson = JSON.stringify({
    source: { connection: 'postgres://app@db/shop' },
    indexes: { users: { schema: 'users.schema.yml' } },
  });

  test.each([
    ['sluice.yml', minimal],
    ['sluice.json', asJson],
    ['sluice.config.mjs', `export default ${asJson}`],
    ['sluice.config.js', `module.exports = ${asJson}`],
    ['package.json', `{"name": "app", "sluice": ${asJson}}`],
  ])('as %s', async (name, text) => {
    await write(name, text);
    const config = await loadConfig({ cwd: directory, env: {} });
    expect(config.file).toBe(join(directory, name));
    expect(config.indexes).toHaveLength(1);
  });

  test('by a name given, which wins over SLUICE_CONFIG, which wins over the search', async () => {
    await mkdir(join(directory, 'deploy'));
    await write('deploy/users.schema.yml', 'table: users\nfields:\n  - keyword: name\n');
    for (const name of ['sluice.yaml', 'deploy/a.yaml', 'deploy/b.yaml']) await write(name, minimal);
    const env = { SLUICE_CONFIG: 'deploy/a.yaml' };
    expect((await loadConfig({ cwd: directory, env: {} })).file).toBe(join(directory, 'sluice.yaml'));
    const fromEnvironment = await loadConfig({ cwd: directory, env });
    expect(fromEnvironment.file).toBe(join(directory, 'deploy/a.yaml'));
    expect(fromEnvironment.baseDir).toBe(join(directory, 'deploy'));
    expect((await loadConfig({ cwd: directory, env, file: 'deploy/b.yaml' })).file).toBe(
      join(directory, 'deploy/b.yaml'),
    );
  });

  test('only in the working directory, past a package.json without the key', async () => {
    await write('sluice.yaml', minimal);
    await mkdir(join(directory, 'sub'));
    await write('sub/package.json', '{"name": "app"}');
    await expect(loadConfig({ cwd: join(directory, 'sub'), env: {} })).rejects.toMatchObject({
      code: 'SLUICE_CONFIG_NOT_FOUND',
      hint: expect.stringContaining('sluice.yaml, sluice.yml, sluice.json'),
    });
  });
});

describe('fails', () => {
  test('with the place in a package.json', async () => {
    await write('package.json', '{\n  "sluice": {\n    "prefx": "a_"\n  }\n}\n');
    await expect(loadConfig({ cwd: directory, env: {} })).rejects.toMatchObject({
      diagnostics: expect.arrayContaining([
        expect.objectContaining({ location: { file: 'package.json', line: 3, column: 5, length: 7 } }),
      ]),
    });
  });

  test('with the file of a module that does not load, or that exports something else', async () => {
    await write('sluice.config.mjs', 'throw new Error("no such thing")');
    await expect(loadConfig({ cwd: directory, env: {} })).rejects.toMatchObject({
      code: 'SLUICE_CONFIG_SYNTAX',
      message: 'The configuration sluice.config.mjs cannot be loaded: no such thing',
    });
    await write('other.config.mjs', 'export default { source: { connection: () => 1 }, indexes: {} }');
    await expect(loadConfig({ cwd: directory, env: {}, file: 'other.config.mjs' })).rejects.toMatchObject({
      diagnostics: expect.arrayContaining([
        expect.objectContaining({ message: '`source.connection` is not plain data.' }),
      ]),
    });
  });

  test('with the name of a file that is not there', async () => {
    for (const file of ['nowhere.yaml', 'nowhere.js']) {
      await expect(loadConfig({ cwd: directory, env: {}, file })).rejects.toMatchObject({
        code: 'SLUICE_CONFIG_NOT_FOUND',
        message: `The configuration ${join(directory, file)} cannot be read: it does not exist.`,
      });
    }
  });
});
