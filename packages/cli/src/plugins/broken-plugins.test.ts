import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type PluginPackages, pluginPackages } from '../../../core/test/plugin-packages.ts';
import { type Finished, sluice } from '../test-support/spawn-sluice.ts';

// These run the compiled command, with plugins that are wrong in one way each. No server is asked: a
// plugin that cannot be used is told of before any is.
vi.setConfig({ testTimeout: 60_000 });

let packages: PluginPackages;
let app = '';

beforeEach(async () => {
  packages = await pluginPackages();
  app = join(packages.directory, 'app');
  await packages.write('app/users.schema.yml', 'table: users\nfields:\n  - text: name\n');
});
afterEach(() => packages[Symbol.asyncDispose]());

/** One run of the command whose sink is `plugin`. */
async function run(plugin: string, options = ''): Promise<Finished> {
  await writeFile(
    join(app, 'sluice.yaml'),
    `source: { connection: 'postgres://nobody@127.0.0.1:1/nothing' }
sinks:
  mine:
    plugin: '${plugin}'
${options}
indexes:
  users: { schema: users.schema.yml }
`,
  );
  return sluice(['run', '--once', '--json'], {
    cwd: app,
    env: { SLUICE_DATA_DIR: join(packages.directory, 'data') },
  });
}

/** The one error that it ended with, and where. */
async function refused(finished: Promise<Finished>) {
  const { exit, stdout } = await finished;
  const { ok, error } = JSON.parse(stdout.replaceAll(packages.directory, '')) as {
    ok: boolean;
    error: {
      code: string;
      message: string;
      hint?: string;
      location: { file: string; line: number; column: number } | null;
      errors?: unknown;
    };
  };
  expect(ok).toBe(false);
  expect(error.errors ?? []).toEqual([]);
  const { code, message, hint } = error;
  if (error.location === null) return { exit, code, message, hint };
  const { file, line, column } = error.location;
  return { exit, code, message, hint, location: { file, line, column } };
}

/** Where the plugin is named in sluice.yaml. */
const named = { file: 'sluice.yaml', line: 4, column: 13 };

const validOptions = "{ '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } }";
const plugin = (members: string) =>
  `export default { api: 1, kind: 'sink', name: 'mine', summary: '', options: ${validOptions}, create() {}, ${members} };`;

describe('one clear error, where the plugin is named', () => {
  test.each([
    [
      'is for another level',
      { manifest: { api: 2 } },
      'The plugin mine 1.0.0 cannot be used: it is made for level 2 of the plugin contracts; this version of Sluice has 1.',
    ],
    [
      'has a wrong manifest',
      { manifest: { kind: 'sinc' } },
      'The plugin mine 1.0.0 cannot be used: the `sluice` key of its package.json is wrong: `kind` must be one of capture, documents, sink, queue.',
    ],
    [
      'has no entry',
      { manifest: { entry: './dist/index.js' } },
      'its entry /app/node_modules/mine/dist/index.js does not exist.',
    ],
    [
      'throws at import',
      { code: 'throw new Error("no driver")' },
      'The plugin mine 1.0.0 (/app/node_modules/mine/index.js) cannot be used: it fails while it is imported: no driver.',
    ],
    [
      'is not JavaScript',
      { code: 'export default {' },
      'it fails while it is imported: Unexpected end of input.',
    ],
    [
      'needs what is not there',
      { code: 'import "some-driver"' },
      'it needs `some-driver`, which is not there.',
    ],
    ['exports nothing', { code: 'export const mine = 1' }, 'it has no default export.'],
    [
      'exports something else',
      { code: 'export default () => {}' },
      'it exports no plugin object by default.',
    ],
    ['exports another name', { code: plugin("name: 'yours'") }, '`name` is yours, in package.json mine.'],
    [
      'exports another kind',
      { code: plugin("kind: 'queue'") },
      'it is a queue plugin, and a sink is needed.',
    ],
    ['exports another level', { code: plugin('api: 9') }, 'it is made for level 9 of the plugin contracts'],
    [
      'has options without a schema',
      { code: plugin('options: {}') },
      'lacks options (a Standard Schema, such as',
    ],
    ['has no create', { code: plugin('create: null') }, 'its default export lacks create.'],
    [
      'has a schema that throws',
      { code: plugin("options: { '~standard': { validate() { throw new Error('no driver') } } }") },
      'The sink plugin `mine` (mine 1.0.0) failed while it checked its options: no driver.',
    ],
    [
      'has a schema that answers nothing',
      { code: plugin("options: { '~standard': { validate() {} } }") },
      'has an `options` schema whose answer is no result of a Standard Schema.',
    ],
  ])('when it %s', async (_name, description, message) => {
    await packages.add('app/node_modules/mine', description);
    expect(await refused(run('mine'))).toEqual({
      exit: 2,
      code: 'SLUICE_PLUGIN_INVALID',
      message: expect.stringContaining(message),
      hint: expect.stringMatching(/./),
      location: named,
    });
  });

  test('when two packages have its short name', async () => {
    await packages.add('app/node_modules/kafka-a', { name: 'kafka' });
    await packages.add('app/node_modules/kafka-b', { name: 'kafka', version: '2.0.0' });
    expect(await refused(run('kafka'))).toEqual({
      exit: 2,
      code: 'SLUICE_PLUGIN_CLASH',
      message:
        'Two sink plugins are called `kafka`: kafka-a 1.0.0 (project, /app/node_modules/kafka-a) and kafka-b 2.0.0 (project, /app/node_modules/kafka-b).',
      hint: 'Name the one you mean by its package: `kafka-a` or `kafka-b`.',
      location: named,
    });
  });

  test('when nothing has its name: every place tried, and the nearest name', async () => {
    await packages.add('app/node_modules/sluice-kafka', { name: 'kafka' });
    const error = await refused(run('kafak'));
    expect(error).toMatchObject({ exit: 2, code: 'SLUICE_PLUGIN_NOT_FOUND', location: named });
    expect(error.message).toBe('There is no sink plugin `kafak`.');
    expect(error.hint).toMatch(
      /^Did you mean `kafka`\? Places tried: linked plugins \(no sink\), \/app\/node_modules \(kafka\), .*installed plugins \(no sink\), bundled plugins \(opensearch, stdout\)\. /,
    );
  });

  test('when its options are wrong, at the option', async () => {
    await packages.add('app/node_modules/mine');
    expect(await refused(run('mine', '    texd: a'))).toEqual({
      exit: 2,
      code: 'SLUICE_PLUGIN_OPTIONS',
      message: '`sinks.mine` has no key `texd`.',
      hint: 'Did you mean `text`?',
      location: { file: 'sluice.yaml', line: 5, column: 5 },
    });
  });
});

describe('one clear error when it starts', () => {
  test.each([
    [
      'throws',
      'create() { throw new TypeError("no driver") }',
      1,
      'SLUICE_PLUGIN_FAILED',
      'could not be started: no driver',
    ],
    [
      'rejects',
      'create: () => Promise.reject("no driver")',
      1,
      'SLUICE_PLUGIN_FAILED',
      'could not be started: no driver',
    ],
    [
      'makes nothing',
      'create() {}',
      2,
      'SLUICE_PLUGIN_INVALID',
      'made something that is no sink: it lacks ordering ("versioned" or "in-order"), fingerprint, ensureIndex, write, close.',
    ],
    [
      'makes half of one',
      "create: () => ({ ordering: 'versioned', ensureIndex() {}, write() {}, fingerprint() {}, records: {}, close() {} })",
      2,
      'SLUICE_PLUGIN_INVALID',
      'it lacks records.list, records.put, records.remove.',
    ],
  ])('and %s', async (_name, create, exit, code, message) => {
    await packages.add('app/node_modules/mine', { code: plugin(create) });
    const error = await refused(run('mine'));
    expect(error).toMatchObject({ exit, code, hint: expect.stringMatching(/./) });
    expect(error.message).toMatch(/^The sink plugin `mine` \(mine 1\.0\.0\) /);
    expect(error.message).toContain(message);
  });
});

describe('broken plugins that nobody asked for', () => {
  const broken = {
    'future-sink': { manifest: { api: 2, name: 'future' } },
    'wrong-sink': { manifest: { kind: 'sinc' } },
    'empty-sink': { name: 'empty', manifest: { entry: './dist/index.js' } },
    'failing-sink': { name: 'failing', code: 'throw new Error("imported")' },
    'ending-sink': { name: 'ending', code: 'process.exit(9)' },
  };
  beforeEach(async () => {
    for (const [name, description] of Object.entries(broken))
      await packages.add(`app/node_modules/${name}`, description);
    await packages.write('app/node_modules/no-json/package.json', '{ "sluice": ');
    await packages.write('data/plugins/linked/damaged-sink.json', '{ "root": ');
    await packages.write('data/plugins/linked/gone-sink.json', '{ "package": "gone-sink", "root": "/gone" }');
  });

  test('do not hinder a command that needs others', async () => {
    await packages.add('app/node_modules/good-sink', { name: 'good' });
    await writeFile(
      join(app, 'sluice.yaml'),
      `source: { connection: 'postgres://nobody@127.0.0.1:1/nothing' }\nsinks: { mine: { plugin: good } }\nindexes: { users: { schema: users.schema.yml } }\n`,
    );
    const env = { SLUICE_DATA_DIR: join(packages.directory, 'data') };
    const { exit, stderr } = await sluice(['check', '--offline'], { cwd: app, env });
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  });

  test('are listed, each with what is wrong', async () => {
    const env = { SLUICE_DATA_DIR: join(packages.directory, 'data') };
    const { exit, stdout } = await sluice(['plugins', 'list', '--json'], { cwd: app, env });
    const { data } = JSON.parse(stdout) as { data: readonly { package: string; problem: string | null }[] };
    const problems = Object.fromEntries(data.map(({ package: name, problem }) => [name, problem]));
    expect(exit).toBe(0);
    expect(problems).toMatchObject({
      'future-sink': expect.stringContaining('made for level 2'),
      'wrong-sink': expect.stringContaining('`kind` must be one of'),
      'empty-sink': 'its entry ./dist/index.js does not exist',
      'gone-sink': 'it is no longer in /gone',
      'damaged-sink': expect.stringContaining('it is no longer in'),
      '@sluice/plugin-sink-opensearch': null,
    });
  });

  test('that were linked can be removed, whatever is left of them', async () => {
    const env = { SLUICE_DATA_DIR: join(packages.directory, 'data') };
    for (const name of ['gone-sink', 'damaged-sink']) {
      expect(await sluice(['plugins', 'uninstall', name], { cwd: app, env })).toMatchObject({ exit: 0 });
    }
    const { stdout } = await sluice(['plugins', 'list'], { cwd: app, env });
    expect(stdout).not.toMatch(/gone-sink|damaged-sink/);
  });
});
