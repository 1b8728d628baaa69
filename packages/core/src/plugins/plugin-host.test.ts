import { symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type PluginPackages, pluginCode, pluginPackages } from '../../test/plugin-packages.ts';
import type { JsonObject } from '../contracts/index.ts';
import {
  createPluginHost,
  discoverPlugins,
  findPackageRoot,
  importFound,
  type KnownPackage,
  type PluginHost,
  type PluginSource,
} from './index.ts';
import { validateOptions } from './validate-options.ts';

let packages: PluginPackages;

beforeEach(async () => {
  packages = await pluginPackages();
});

afterEach(() => packages[Symbol.asyncDispose]());

function host(...sources: PluginSource[]): PluginHost {
  return createPluginHost({ baseDir: join(packages.directory, 'app'), sources });
}

const known = (root: string): KnownPackage => ({ name: basename(root), root });

async function failure(promise: Promise<unknown>): Promise<Record<string, unknown>> {
  const error: unknown = await promise.then(
    () => new Error('It did not fail.'),
    (thrown: unknown) => thrown,
  );
  if (typeof error !== 'object' || error === null || !('code' in error)) throw error;
  const { code, message, hint } = error as { code: unknown; message: string; hint?: string };
  const relative = (text: string | undefined) => text?.replaceAll(packages.directory, '');
  return { code, message: relative(message), hint: relative(hint) };
}

describe('a plugin is found', () => {
  test('by short name and by package name, in the project and above it', async () => {
    const near = await packages.add('app/node_modules/@acme/sluice-kafka', { name: 'kafka' });
    const above = await packages.add('node_modules/sluice-file', { name: 'file' });
    const loaded = await host().load('sink', 'kafka');
    expect(loaded).toMatchObject({
      package: '@acme/sluice-kafka',
      version: '1.0.0',
      origin: 'project',
      root: near,
    });
    expect(loaded.plugin).toMatchObject({ kind: 'sink', name: 'kafka' });
    expect((await host().load('sink', '@acme/sluice-kafka')).root).toBe(near);
    expect((await host().load('sink', 'file')).root).toBe(above);
  });

  test('among linked, installed and bundled packages', async () => {
    const linked = await packages.add('elsewhere/a', { name: 'a' });
    const installed = await packages.add('data/node_modules/b', { name: 'b' });
    const bundled = await packages.add('cli/node_modules/c', { name: 'c' });
    const all = host(
      { origin: 'bundled', packages: [known(bundled)] },
      { origin: 'linked', packages: [known(linked)] },
      { origin: 'installed', packages: [known(installed)] },
    );
    expect(await all.list()).toMatchObject([
      { name: 'a', origin: 'linked', kind: 'sink', api: 1, problem: null },
      { name: 'b', origin: 'installed' },
      { name: 'c', origin: 'bundled' },
    ]);
    expect((await all.load('sink', 'c')).origin).toBe('bundled');
  });

  test('by path: a module, or a package, relative to the configuration', async () => {
    await packages.write('app/sinks/mine.mjs', pluginCode('sink', 'mine'));
    const root = await packages.add('app/plugins/other', { name: 'other', kind: 'capture' });
    expect(await host().load('sink', './sinks/mine.mjs')).toMatchObject({
      origin: 'path',
      plugin: { name: 'mine' },
    });
    expect(await host().load('capture', './plugins/other')).toMatchObject({ origin: 'path', root });
    expect((await host().load('capture', root)).plugin.name).toBe('other');
  });

  test('through a symbolic link, as npm makes for workspaces', async () => {
    const root = await packages.add('workspace/mine');
    await packages.write('app/node_modules/.keep', '');
    await symlink(root, join(packages.directory, 'app/node_modules/mine'));
    expect(await host().load('sink', 'mine')).toMatchObject({ root, origin: 'project' });
  });

  test('with the same short name for each kind', async () => {
    await packages.add('app/node_modules/nats-queue', { name: 'nats', kind: 'queue' });
    await packages.add('app/node_modules/nats-sink', { name: 'nats', kind: 'sink' });
    expect((await host().load('queue', 'nats')).package).toBe('nats-queue');
    expect((await host().load('sink', 'nats')).package).toBe('nats-sink');
  });

  test('once, the nearest of several copies of one package', async () => {
    await packages.add('app/node_modules/sluice-kafka', { name: 'kafka', version: '2.0.0' });
    const bundled = await packages.add('cli/node_modules/sluice-kafka', { name: 'kafka' });
    const both = host({ origin: 'bundled', packages: [known(bundled)] });
    expect(await both.load('sink', 'kafka')).toMatchObject({ version: '2.0.0', origin: 'project' });
  });

  test('without importing any other', async () => {
    await packages.add('app/node_modules/good', { name: 'good' });
    await packages.add('app/node_modules/bad', { name: 'bad', code: 'throw new Error("imported")' });
    expect((await host().load('sink', 'good')).package).toBe('good');
  });
});

describe('a plugin is refused', () => {
  test('when nothing has its name, with every place tried and the nearest name', async () => {
    await packages.add('app/node_modules/@acme/sluice-opensearch', { name: 'opensearch' });
    await packages.add('app/node_modules/wal', { name: 'wal', kind: 'capture' });
    const bundled = await packages.add('cli/stdout', { name: 'stdout' });
    expect(
      await failure(host({ origin: 'bundled', packages: [known(bundled)] }).load('sink', 'opensarch')),
    ).toEqual({
      code: 'SLUICE_PLUGIN_NOT_FOUND',
      message: 'There is no sink plugin `opensarch`.',
      hint:
        'Did you mean `opensearch`? Places tried: linked plugins (no sink), /app/node_modules (opensearch), ' +
        'installed plugins (no sink), bundled plugins (stdout). `sluice plugins install PACKAGE` adds one that was published; one of your own is named by its path, `./sinks/mine.js`.',
    });
    expect(await failure(host().load('sink', 'wal'))).toMatchObject({
      code: 'SLUICE_PLUGIN_NOT_FOUND',
      hint: expect.stringContaining('`wal` is a capture plugin.'),
    });
  });

  test('when two packages have its short name, wherever they come from', async () => {
    await packages.add('app/node_modules/sluice-kafka', { name: 'kafka' });
    const bundled = await packages.add('cli/node_modules/other-kafka', { name: 'kafka', version: '3.1.0' });
    const both = host({ origin: 'bundled', packages: [known(bundled)] });
    expect(await failure(both.load('sink', 'kafka'))).toEqual({
      code: 'SLUICE_PLUGIN_CLASH',
      message:
        'Two sink plugins are called `kafka`: sluice-kafka 1.0.0 (project, /app/node_modules/sluice-kafka) and ' +
        'other-kafka 3.1.0 (bundled, /cli/node_modules/other-kafka).',
      hint: 'Name the one you mean by its package: `sluice-kafka` or `other-kafka`.',
    });
    expect((await both.load('sink', 'other-kafka')).version).toBe('3.1.0');
    expect(await both.list()).toMatchObject([
      {
        package: 'sluice-kafka',
        problem: 'its short name is also that of other-kafka: name it `sluice-kafka`',
      },
      {
        package: 'other-kafka',
        problem: 'its short name is also that of sluice-kafka: name it `other-kafka`',
      },
    ]);
  });

  test.each([
    [
      'is for another level',
      { api: 2 },
      'it is made for level 2 of the plugin contracts; this version of Sluice has 1',
    ],
    [
      'has an entry outside',
      { entry: '../x.js' },
      'the `entry` of its manifest, ../x.js, lies outside the package',
    ],
    [
      'has a conformance driver outside',
      { conformance: '/x.js' },
      'the `conformance` of its manifest, /x.js, lies outside the package',
    ],
    [
      'lacks an entry',
      { entry: undefined },
      'the `sluice` key of its package.json is wrong: `entry` must be the path',
    ],
    ['has an impossible name', { name: 'My Sink' }, '`name` must be a short name of lower-case letters'],
    ['has an unknown kind', { kind: 'source' }, '`kind` must be one of capture, documents, sink, queue'],
    ['is text', 'yes', 'the `sluice` key of its package.json is wrong: it must be an object'],
  ])('before it is imported, when its manifest %s', async (_name, manifest, problem) => {
    await packages.add('app/node_modules/mine', { manifest, code: 'throw new Error("imported")' });
    const error = await failure(host().load('sink', 'mine'));
    expect(error['code']).toBe('SLUICE_PLUGIN_INVALID');
    expect(error['message']).toContain('The plugin mine 1.0.0 cannot be used: ');
    expect(error['message']).toContain(problem);
    expect(await host().list()).toMatchObject([
      { package: 'mine', problem: expect.stringContaining(problem) },
    ]);
  });

  test.each([
    [
      'fails to load',
      'throw new Error("no driver")',
      'The plugin mine 1.0.0 (/app/node_modules/mine/index.js) cannot be used: it fails while it is imported: no driver.',
    ],
    ['exports nothing by default', 'export const plugin = {}', 'it has no default export'],
    ['exports text by default', 'export default "sink"', 'it exports no plugin object by default'],
    [
      'needs a package that is not there',
      'import "no-such-driver"; export default {}',
      'it needs `no-such-driver`, which is not there',
    ],
    [
      'needs a package that is not there, the older way',
      'import { createRequire } from "node:module"; createRequire(import.meta.url)("no-such-driver")',
      'it needs `no-such-driver`, which is not there',
    ],
    [
      'lacks options',
      'export default { api: 1, kind: "sink", name: "mine", summary: "", create() {} }',
      'lacks options (a Standard Schema',
    ],
    ['lacks create', pluginCode('sink', 'mine', 'made: 1,'), 'its default export lacks create'],
    ['has another name', pluginCode('sink', 'yours'), '`name` is yours, in package.json mine'],
    ['has another kind', pluginCode('queue', 'mine'), 'it is a queue plugin, and a sink is needed'],
    [
      'is for another level',
      pluginCode('sink', 'mine').replace('api: 1', 'api: 7'),
      'it is made for level 7',
    ],
  ])('after it is imported, when its module %s', async (_name, code, problem) => {
    await packages.add('app/node_modules/mine', { code });
    const error = await failure(host().load('sink', 'mine'));
    expect(error).toMatchObject({ code: 'SLUICE_PLUGIN_INVALID', message: expect.stringContaining(problem) });
  });

  test('when its entry is missing, before anything is imported', async () => {
    await packages.add('app/node_modules/mine', { manifest: { entry: './dist/index.js' } });
    const problem = 'its entry ./dist/index.js does not exist';
    expect(await host().list()).toMatchObject([{ package: 'mine', problem }]);
    expect(await failure(host().load('sink', 'mine'))).toEqual({
      code: 'SLUICE_PLUGIN_INVALID',
      message:
        'The plugin mine 1.0.0 (/app/node_modules/mine/dist/index.js) cannot be used: its entry /app/node_modules/mine/dist/index.js does not exist.',
      hint: 'Where it has to be built first, build it. It is in /app/node_modules/mine. Get another version with your package manager, or name another plugin.',
    });
  });

  test('when its import never ends', async () => {
    await packages.add('app/node_modules/mine', { code: 'await new Promise(() => {})' });
    const { list } = host();
    expect(await list()).toMatchObject([{ problem: null }]);
    const [place] = await discoverPlugins(join(packages.directory, 'app'), []).then((places) =>
      places.flatMap(({ plugins }) => plugins),
    );
    if (place === undefined) throw new Error('It was not found.');
    expect(await failure(importFound('sink', place, 20))).toMatchObject({
      code: 'SLUICE_PLUGIN_INVALID',
      message: expect.stringContaining('its import did not end within 0.02 s'),
    });
  });

  test.each([
    ['linked', 'Mend it there, or remove the link: `sluice plugins uninstall mine`.'],
    ['installed', 'or remove it: `sluice plugins uninstall mine`.'],
    ['bundled', 'Install Sluice again.'],
  ] as const)('when it was %s and its folder is gone', async (origin, remedy) => {
    const gone = { name: 'mine', root: join(packages.directory, 'gone') };
    const source = { origin, packages: [gone] };
    expect(await host(source).list()).toMatchObject([
      { package: 'mine', origin, kind: null, problem: `it is no longer in ${gone.root}` },
    ]);
    expect(await failure(host(source).load('sink', 'mine'))).toEqual({
      code: 'SLUICE_PLUGIN_INVALID',
      message: 'The plugin mine cannot be used: it is no longer in /gone.',
      hint: expect.stringContaining(remedy),
    });
  });

  test('by path, when nothing is there or no manifest is', async () => {
    expect(await failure(host().load('sink', './mine.js'))).toEqual({
      code: 'SLUICE_PLUGIN_NOT_FOUND',
      message: 'There is no sink plugin at /app/mine.js.',
      hint: 'The path `./mine.js` is relative to /app.',
    });
    await packages.add('app/mine', { manifest: null });
    expect(await failure(host().load('sink', './mine'))).toMatchObject({
      code: 'SLUICE_PLUGIN_INVALID',
      message: 'The plugin ./mine (/app/mine) cannot be used: its package.json has no `sluice` key.',
    });
  });
});

describe('options', () => {
  const reference = (options: JsonObject) => ({ plugin: 'mine', options, at: ['sinks', 'search'] });

  test('are what the plugin makes of them', async () => {
    await packages.add('app/node_modules/mine');
    const prepared = await host().prepare('sink', reference({ text: 'a' }));
    expect(prepared.options).toEqual({ text: 'a', checked: true });
  });

  test('may be numbers that came as text, from the environment', async () => {
    await packages.add('app/node_modules/mine');
    const prepared = await host().prepare('sink', reference({ text: '5', size: '5' }));
    expect(prepared.options).toEqual({ text: '5', size: 5, checked: true });
  });

  test.each([
    ['throws', "() => { throw new Error('no driver') }", 'failed while it checked its options: no driver'],
    ['rejects', "() => Promise.reject('no driver')", 'failed while it checked its options: no driver'],
    ['answers nothing', '() => undefined', 'has an `options` schema whose answer is no result of'],
    [
      'finds nothing wrong and gives no value',
      '() => ({})',
      'has an `options` schema whose answer is no result of',
    ],
    ['lists no issue', '() => ({ issues: [] })', 'has an `options` schema whose answer is no result of'],
    [
      'lists issues that are none',
      '() => ({ issues: [1] })',
      'has an `options` schema whose answer is no result of',
    ],
  ])("cannot be checked where the plugin's schema %s", async (_name, validate, problem) => {
    const code = `export default {
      api: 1, kind: 'sink', name: 'mine', summary: '', create() {},
      options: { '~standard': { version: 1, vendor: 'test', validate: ${validate} } },
    }`;
    await packages.add('app/node_modules/mine', { code });
    expect(await failure(host().prepare('sink', reference({})))).toMatchObject({
      code: 'SLUICE_PLUGIN_INVALID',
      message: expect.stringContaining(`The sink plugin \`mine\` (mine 1.0.0) ${problem}`),
    });
  });

  test('cannot be checked where the schema never answers', async () => {
    await packages.add('app/node_modules/mine');
    const { plugin, ...loaded } = await host().load('sink', 'mine');
    const validate = () => new Promise<never>(() => undefined);
    const silent = { ...plugin, options: { '~standard': { version: 1, vendor: 'test', validate } as const } };
    expect(await failure(validateOptions(silent, loaded, {}, 20))).toMatchObject({
      code: 'SLUICE_PLUGIN_INVALID',
      message: 'The sink plugin `mine` (mine 1.0.0) did not say within 0.02 s whether its options are right.',
    });
  });

  test('that are wrong are all named', async () => {
    await packages.add('app/node_modules/mine');
    expect(await failure(host().prepare('sink', reference({ texd: 'a', size: 'many' })))).toMatchObject({
      code: 'SLUICE_PLUGIN_OPTIONS',
      message:
        'The sink plugin `mine` refuses its options. `sinks.search` has no key `texd`. ' +
        '`sinks.search.size` must be a number, not `many`.',
    });
  });
});

test('a package is found as Node would, from a directory upwards', async () => {
  const root = await packages.add('node_modules/@acme/thing', { manifest: null });
  expect(await findPackageRoot('@acme/thing', join(packages.directory, 'app/deep/down'))).toBe(root);
  expect(await findPackageRoot('@acme/nothing', packages.directory)).toBeNull();
});
